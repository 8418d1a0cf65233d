"""One way to write letters: compatibility forms, case, accents and alphabets make no difference to a name."""

import unicodedata

_LATIN = str.maketrans(
    {
        "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h",
        "ŧ": "t", "ŋ": "ng", "ĸ": "k", "ə": "e",
        # Apostrophes are not spaces: "L'Oréal", "Kohl’s".
        "'": None, "’": None, "‘": None, "ʼ": None, "`": None, "´": None, "ʹ": None,
    }
)  # fmt: skip
# Russian, Ukrainian, Belarusian, Bulgarian, Serbian: how companies write themselves in Latin letters (no diacritics).
_CYRILLIC = {
    "а": "a", "б": "b", "в": "v", "г": "g", "ґ": "g", "д": "d", "е": "e", "ё": "e", "є": "e", "ж": "zh", "з": "z",
    "и": "i", "і": "i", "ї": "i", "й": "i", "ј": "j", "к": "k", "л": "l", "љ": "lj", "м": "m", "н": "n", "њ": "nj",
    "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "ћ": "c", "у": "u", "ў": "u", "ф": "f", "х": "kh", "ц": "ts",
    "ч": "ch", "џ": "dz", "ш": "sh", "щ": "shch", "ъ": "", "ы": "y", "ь": "", "э": "e", "ю": "yu", "я": "ya",
    "ђ": "dj",
}  # fmt: skip
_GREEK = {
    "α": "a", "β": "v", "γ": "g", "δ": "d", "ε": "e", "ζ": "z", "η": "i", "θ": "th", "ι": "i", "κ": "k", "λ": "l",
    "μ": "m", "ν": "n", "ξ": "x", "ο": "o", "π": "p", "ρ": "r", "σ": "s", "ς": "s", "τ": "t", "υ": "y", "φ": "f",
    "χ": "ch", "ψ": "ps", "ω": "o",
}  # fmt: skip
_ALPHABETS = str.maketrans(_CYRILLIC | _GREEK)
# How Germans and Scandinavians write these letters where a keyboard lacks them.
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})
_MARKS = {chr(code): None for code in range(0x300, 0x370)}
_NO_MARKS = str.maketrans(_MARKS)


def plain(text: str) -> str:
    """`plain("Čóre ＡＧ Газпром") == "core ag gazprom"`. Other scripts keep their letters."""
    folded = folded_case(text)
    return folded if folded.isascii() else _without_accents(folded)


def spelled_out(text: str) -> str:
    """The same with umlauts in two letters: `spelled_out("Müller") == "mueller"`."""
    folded = folded_case(text)
    return folded if folded.isascii() else _without_accents(folded.translate(_UMLAUTS))


def folded_case(text: str) -> str:
    """Compatibility forms and case; apostrophes are gone, accents stay."""
    if text.isascii():
        return text.lower().replace("'", "").replace("`", "")
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    # What is not seen is not there: zero-width letters, soft hyphens, marks of direction.
    seen = folded if folded.isprintable() else "".join(
        letter if unicodedata.category(letter) != "Cf" else "" for letter in folded
    )  # fmt: skip
    return seen.translate(_APOSTROPHES)


def _without_accents(folded: str) -> str:
    bare = unicodedata.normalize("NFKD", folded.translate(_ALPHABETS)).translate(_NO_MARKS)
    return unicodedata.normalize("NFC", bare.translate(_LATIN).translate(_ALPHABETS))


_APOSTROPHES = str.maketrans({letter: None for letter, value in _LATIN.items() if value is None})
