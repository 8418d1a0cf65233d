"""Undoes what programs did to text on its way: UTF-8 read as Windows-1252 ("MÃ¼ller") and signs of HTML ("&amp;")."""

import html
import re

# What stands for the 64 bytes that go on with a letter of UTF-8, once they are read as Windows-1252 or Latin-1.
_BYTES = {bytes((code,)).decode("cp1252", "ignore") or chr(code): code for code in range(0x80, 0xC0)}
_BYTES |= {chr(code): code for code in range(0x80, 0x100)}
_GOES_ON = "".join(re.escape(letter) for letter, code in _BYTES.items() if code < 0xC0)
# Accented Latin, Greek, Cyrillic and dashes and quotes: letters that begin otherwise are hardly ever broken.
_BROKEN = re.compile(rf"[ÂÃÄÅÎÏÐÑ][{_GOES_ON}]|â[€\x80][{_GOES_ON}]")
_ENTITY = re.compile(r"&(?:#\d{1,6}|#x[0-9a-f]{1,5}|[a-z]{2,8});", re.IGNORECASE)
# The same for whole columns: RE2 knows no \x80 in a class as Python writes it, but it knows ranges of letters.
LOOKS_BROKEN = r"[ÂÃÄÅÎÏÐÑâ][^ -~À-ÿ]|&#?[0-9A-Za-z]{2,8};|[ÂÃÄÅ][\x{a0}-\x{bf}]"


def mended(text: str) -> str:
    """`mended("MÃ¼ller &amp; SÃ¶hne") == "Müller & Söhne"`; text that is not broken stays as it is."""
    if "&" in text:
        text = _ENTITY.sub(lambda found: html.unescape(found.group()), text)
    if not text.isascii():
        for _ in range(2):
            whole = _BROKEN.sub(_letter, text)
            if whole == text:
                break
            text = whole
    return text


def _letter(found: re.Match[str]) -> str:
    letters = found.group()
    code = bytes(_BYTES[letter] for letter in letters)
    try:
        return code.decode()
    except UnicodeDecodeError:
        return letters
