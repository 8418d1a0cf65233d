"""Which records are worth comparing: only those that share a rare enough trait with another."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rollcall.universe.columns import flat

# A trait that more records share than this tells nobody apart, and would cost the square of it.
SHARED_MAX = 60
_BREAK = "\x1f"


def blocks(columns: pa.Table) -> list[Any]:
    """One column of numbers a rule; records with one number are compared. Null: the record has no partner there."""
    return [_numbered(joined(columns, rule)) for rule in RULES]


# Each is a set of traits that must all be told and equal.
RULES: tuple[tuple[str, ...], ...] = (
    ("company", "last_sound"),
    ("company", "initials"),
    ("company", "first", "title"),
    ("company", "first_word"),
    ("company", "last_word"),
    ("company", "run"),
    ("company", "foreign", "title"),
    ("mail",),
    ("phone",),
    ("mail_host", "last_sound"),
    ("birth",),
    ("birth_day", "first_letter"),
    ("postcode", "last_letter", "first_letter"),
    ("postcode", "street_start"),
    ("street", "last_letter"),
    ("street", "first_letter"),
    ("street_number", "city"),
    ("street_number", "postcode_digits"),
    ("street_number", "last_sound"),
    ("street_number", "first"),
    ("personal", "last", "first"),
    ("personal", "last_sound", "birth_year"),
    ("personal", "first", "birth_year"),
    ("personal", "city", "last_sound"),
)


def joined(columns: pa.Table, rule: tuple[str, ...]) -> Any:
    """The traits of a rule as one text a record; null where one of them is not told."""
    return pc.binary_join_element_wise(*(flat(columns[name]).cast(pa.string()) for name in rule), _BREAK)


def _numbered(key: Any) -> Any:
    coded = key.dictionary_encode()
    numbers = coded.indices.to_numpy(zero_copy_only=False) if not key.null_count else None
    if numbers is None:
        numbers = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    counts = np.bincount(numbers[numbers >= 0], minlength=len(coded.dictionary) or 1)
    told = numbers >= 0
    kept = told.copy()
    kept[told] = (counts[numbers[told]] > 1) & (counts[numbers[told]] <= SHARED_MAX)
    return pa.array(numbers.astype(np.int64), pa.int64(), mask=~kept)
