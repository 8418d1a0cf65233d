"""Telephone numbers as they are dialled from anywhere (E.164): `+493012345678`."""

import re
from functools import lru_cache
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from rollcall.universe.columns import flat
from rollcall.universe.identity.companies import countries

# Written with its country and nothing odd: most numbers. They never leave Arrow. "+49 (0)30" is odd.
_INTERNATIONAL = r"^\+[1-9][0-9 .()/-]*$"
_MARKS = r"[ .()/-]"
_WHOLE = r"^\+[1-9][0-9]{7,14}$"
_EITHER = re.compile(r"\s*(?:[;|/\n]|,(?!\d))\s*")


def phones(column: Any, country: Any) -> Any:
    """The first number of each text; null where there is none.

    A number without its country's is one of `country`; where that is unknown, its digits are kept as they are told.
    """
    texts = flat(column)
    plain = pc.replace_substring_regex(texts, _MARKS, "")
    is_plain = pc.and_(
        pc.and_(pc.match_substring_regex(texts, _INTERNATIONAL), pc.invert(pc.match_substring(texts, "(0)"))),
        pc.match_substring_regex(plain, _WHOLE),
    )
    is_plain = pc.fill_null(is_plain, False)
    odd = pc.if_else(is_plain, pa.scalar(None, pa.string()), texts)
    if odd.null_count == len(odd):
        return pc.if_else(is_plain, plain, pa.scalar(None, pa.string()))
    pairs = zip(odd.to_pylist(), flat(country).to_pylist(), strict=True)
    read = pa.array([number(text, place) if text else None for text, place in pairs], pa.string())
    return pc.if_else(is_plain, plain, read)


@lru_cache(maxsize=65_536)
def number(text: str, country: str | None = None) -> str | None:
    """`number("030 12345678", "Germany") == "+493012345678"`; extensions are left out."""
    for part in (text, *_EITHER.split(text)):
        if (found := _read(part, countries.code(country))) is not None:
            return found
    return None


def _read(text: str, region: str | None) -> str | None:
    # Its tables take a fifth of a second to load, and few files have telephone numbers.
    import phonenumbers

    try:
        found = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException as error:
        is_local = (
            error.error_type == phonenumbers.NumberParseException.INVALID_COUNTRY_CODE and region is None
        )
        digits = re.sub(r"\D", "", text)
        return digits if is_local and 7 <= len(digits) <= 15 and not re.search(r"[^\W\d_]", text) else None
    if not phonenumbers.is_possible_number(found):
        return None
    return str(phonenumbers.format_number(found, phonenumbers.PhoneNumberFormat.E164))
