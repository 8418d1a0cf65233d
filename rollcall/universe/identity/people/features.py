"""What of a record is compared: columns in one spelling, made once for each distinct text."""

import re
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rollcall.universe import titles
from rollcall.universe.columns import flat, mapped, with_columns
from rollcall.universe.identity.people import (
    blocking,
    emails,
    names,
    nicknames,
    portraits,
    profile_urls,
    readings,
    spelling,
)

TEXT = pa.string()
LIST = pa.list_(pa.string())
RECORDS = pa.schema(
    [
        ("record", pa.int64()), ("known_id", pa.int64()), ("source", TEXT), ("source_key", TEXT), ("full_name", TEXT),
        ("first_name", TEXT), ("last_name", TEXT), ("profile_url", TEXT), ("email", TEXT), ("company_id", pa.int64()),
        ("title", TEXT), ("since", pa.date32()), ("last_seen", pa.date32()), ("until", pa.date32()), ("country", TEXT),
        ("region", TEXT), ("city", TEXT), ("birth_date", TEXT), ("street", TEXT), ("postcode", TEXT), ("phone", TEXT),
    ]
)  # fmt: skip
# Two capitalised words, perhaps numbered, and nothing else: most names. They never leave Arrow.
_WORD = r"^[A-Z][a-z]+[0-9]*$"
_TWO_WORDS = r"^[A-Z][a-z]+[0-9]* [A-Z][a-z]+[0-9]*$"
_BREAK = "\x1f"
_NO_DATE = re.compile(r"^(?:0+|1900-?01-?01|1970-?01-?01)$")
_DAY_FIRST = re.compile(r"(\d{1,2})[/. -](\d{1,2})[/. -](\d{4})")


def records_of(table: pa.Table) -> pa.Table:
    """The table in the shape of `RECORDS`; what it lacks is null, dates of birth may be dates or text."""
    columns = {}
    for field in RECORDS:
        column = flat(table[field.name]) if field.name in table.column_names else pa.nulls(table.num_rows)
        if field.name == "birth_date" and pa.types.is_temporal(column.type):
            column = pc.strftime(column.cast(pa.date32()), format="%Y%m%d")
        columns[field.name] = column.cast(field.type)
    return pa.table(columns, schema=RECORDS)


def named(records: pa.Table) -> pa.Table:
    """The name in parts: `first`, `whole` (all given names run together), `middle`, `last`, `generation`, and lists
    of `parts` of the last name and of `aliases`. Null where not told; `parts` also where the last name is one word."""
    full, first, last = (flat(records[name]) for name in ("full_name", "first_name", "last_name"))
    joined = pc.binary_join_element_wise(first, last, " ")
    apart = pc.and_(
        pc.and_(pc.match_substring_regex(first, _WORD), pc.match_substring_regex(last, _WORD)).fill_null(
            False
        ),
        pc.or_(pc.is_null(full), pc.equal(full, joined).fill_null(False)),
    )
    alone = pc.and_(pc.is_null(first), pc.is_null(last))
    whole = pc.and_(alone, pc.match_substring_regex(full, _TWO_WORDS).fill_null(False))
    text = pc.if_else(apart, joined, full)
    plain = pc.or_(apart, whole)
    words = pc.split_pattern(text.filter(plain), " ")
    one, two = pc.list_element(words, 0), pc.list_element(words, 1)
    special = pc.or_(_is_special(one), _is_special(two))
    rows = np.flatnonzero(plain.to_numpy(zero_copy_only=False))
    rows, one, two = (
        rows[~special.to_numpy(zero_copy_only=False)],
        *(word.filter(pc.invert(special)) for word in (one, two)),
    )
    first, last = spelling.folded(one), spelling.folded(two)
    return _together(records, rows, first, last, mapped(one, spelling.as_typed))


def _together(records: pa.Table, rows: Any, first: Any, last: Any, typed: Any) -> pa.Table:
    """The plain names at `rows` and the others, which are read one by one, in the order of the records."""
    others = np.setdiff1d(np.arange(records.num_rows), rows, assume_unique=True)
    odd = records.select(["full_name", "first_name", "last_name"]).take(pa.array(others, pa.int64()))
    key = pc.binary_join_element_wise(
        *(pc.replace_substring(flat(odd[n]).fill_null(""), _BREAK, " ") for n in odd.column_names), _BREAK
    ).dictionary_encode()
    read = [names.read(*text.split(_BREAK)) for text in key.dictionary.to_pylist()]
    slow = pa.table(
        {
            "first": pa.array([name.first or None for name in read], TEXT),
            "whole": pa.array([name.given or None for name in read], TEXT),
            "words": pa.array([" ".join(name.words) or None for name in read], TEXT),
            "middle": pa.array([name.middle or None for name in read], TEXT),
            "last": pa.array([name.last or None for name in read], TEXT),
            "typed": pa.array([name.typed or None for name in read], TEXT),
            "generation": pa.array([name.generation or None for name in read], TEXT),
            "compound": pa.array([name.compound or None for name in read], TEXT),
            "run": pa.array([name.run or None for name in read], TEXT),
            "parts": pa.array([list(name.last_parts) or None for name in read], LIST),
            "aliases": pa.array([list(name.aliases) or None for name in read], LIST),
        }
    ).take(key.indices)
    words = pc.if_else(
        pc.equal(first, last),
        first,
        pc.binary_join_element_wise(pc.min_element_wise(first, last), pc.max_element_wise(first, last), " "),
    )
    quick = pa.table({"first": first, "whole": first, "words": words, "last": last, "typed": typed})
    quick = with_columns(quick, run=pc.binary_join_element_wise(first, last, ""))
    nothing = {n: pa.nulls(len(rows), TEXT) for n in ("middle", "generation", "compound")}
    lists = {n: pa.nulls(len(rows), LIST) for n in ("parts", "aliases")}
    quick = pa.table({**dict(zip(quick.column_names, quick.columns, strict=True)), **nothing, **lists})
    whole = pa.concat_tables([quick.select(slow.column_names), slow])
    return whole.take(pa.array(np.argsort(np.concatenate([rows, others]), kind="stable"))).combine_chunks()


def _is_special(word: Any) -> Any:
    return pc.is_in(pc.ascii_lower(word), value_set=pa.array(sorted(names.SPECIAL)))


def told(records: pa.Table) -> pa.Table:
    """A row a record, in one spelling: the name in parts, and everything that blocks and portraits are made of."""
    return untitled(records).append_column("title", mapped(records["title"], _title_words))


def untitled(records: pa.Table) -> pa.Table:
    """The same without titles, which take the longest to read."""
    name = named(records)
    first, last = flat(name["first"]), flat(name["last"])
    mail = mapped(emails.keys(records["email"]), _mailbox)
    starts, ends = portraits.dated(records)
    plain = {n: flat(records[n]) for n in ("record", "known_id", "source", "source_key", "company_id")}
    return pa.table(
        {
            **plain,
            **{n: flat(name[n]) for n in name.column_names},
            "last_sound": spelling.sounds(last),
            "page": profile_urls.keys(records["profile_url"]),
            "mail": mail,
            "birth": birth_dates(records["birth_date"]),
            "phone": digits(records["phone"], least=7),
            "postcode": digits(records["postcode"], least=3),
            "street": mapped(records["street"], _plain),
            "city": mapped(records["city"], _plain),
            "region": mapped(records["region"], _plain),
            "starts": starts,
            "ends": ends,
            "initials": _initials(first, last),
        }
    )


def compared(*, told: pa.Table, person: Any, is_new: Any) -> pa.Table:
    """The columns that the model speaks of, for those rows that share a block with another person's."""
    found = blocking.blocks(traits(told))
    partnered = pc.is_valid(found[0])
    for column in found[1:]:
        partnered = pc.or_(partnered, pc.is_valid(column))
    rows = pa.array(np.flatnonzero(partnered.to_numpy(zero_copy_only=False)))
    part = told.take(rows)
    first, last = flat(part["first"]), flat(part["last"])
    return pa.table(
        {
            "unique_id": rows,
            "person": pa.array(person).take(rows),
            "is_new": pa.array(is_new).take(rows),
            **{n: flat(part[n]) for n in _AS_TOLD},
            "company": flat(part["company_id"]),
            "roots": _roots(first, part["aliases"]),
            "last_roots": _roots_of_last(last),
            "first_sound": spelling.sounds(first),
            "given": mapped(first, lambda text: text if text in nicknames.given() else None),
            "parts": pc.coalesce(flat(part["parts"]), _split(last)),
            "role": mapped(part["title"], _role),
            "department": mapped(part["title"], _department),
            "street_words": _split(part["street"]),
            "words": _split(part["words"]),
            "heard": _heard(part),
            "foreign": pc.if_else(is_foreign(part), pa.scalar("y"), pa.scalar("n")),
            **{f"block_{i}": c.take(rows) for i, c in enumerate(found) if c.null_count < len(c)},
        }
    )


_AS_TOLD = (
    "first", "typed", "whole", "run", "middle", "last", "generation", "last_sound", "birth", "phone", "mail", "title",
    "starts", "ends", "street", "postcode", "city", "region",
)  # fmt: skip


def traits(told: pa.Table) -> pa.Table:
    """What the rules of `blocking` name; of what is `untitled` all but the title."""
    first, last, birth = flat(told["first"]), flat(told["last"]), flat(told["birth"])
    street, postcode = flat(told["street"]), flat(told["postcode"])
    personal = pc.or_(pc.or_(birth.is_valid(), street.is_valid()), postcode.is_valid())
    return pa.table(
        {
            **{n: flat(told[n]) for n in _TRAITS if n in told.column_names},
            "company": flat(told["company_id"]),
            "foreign": _foreign(told),
            "first_letter": _slice(first, 0, 1),
            "last_letter": _slice(last, 0, 1),
            # Of all words of the name in the order of the alphabet: the same in whatever order they were written.
            "first_word": pc.replace_substring_regex(flat(told["words"]), "(?s) .*", ""),
            "last_word": pc.replace_substring_regex(flat(told["words"]), "(?s).* ", ""),
            "mail_host": mapped(told["mail"], lambda text: text.partition("@")[2]),
            "mail_name": mapped(told["mail"], lambda text: text.partition("@")[0]),
            "birth": birth,
            "birth_day": _slice(birth, 4, 8),
            "birth_year": _slice(birth, 0, 4),
            "postcode": postcode,
            "postcode_digits": mapped(postcode, lambda text: "".join(sorted(text))),
            "street_number": pc.struct_field(pc.extract_regex(street, r"^(?P<number>\d+)"), "number"),
            "street": street,
            "street_start": _slice(street, 0, 6),
            "personal": pc.if_else(personal, pa.scalar("p"), pa.scalar(None, TEXT)),
        }
    )


_TRAITS = ("first", "last", "run", "last_sound", "title", "mail", "phone", "city", "initials")


def is_foreign(told: pa.Table) -> Any:
    """Of each row whether its name is written in letters of which only a reading can be told."""
    one, other = (pc.string_is_ascii(flat(told[name])).fill_null(True) for name in ("whole", "last"))
    return pc.invert(pc.and_(one, other))


def _foreign(told: pa.Table) -> Any:
    """A mark for all rows of companies with names in letters of two kinds: their titles bring them together."""
    company, foreign = flat(told["company_id"]), is_foreign(told)
    theirs, others = (pc.unique(company.filter(mask)) for mask in (foreign, pc.invert(foreign)))
    both = theirs.filter(pc.is_in(theirs, value_set=others)).drop_null()
    return pc.if_else(pc.is_in(company, value_set=both), pa.scalar("y"), pa.scalar(None, TEXT))


def _heard(part: pa.Table) -> Any:
    """What each name can be heard as; null where all are written in Latin letters."""
    if not pc.any(is_foreign(part)).as_py():
        return pa.nulls(part.num_rows, LIST)
    key = (
        pc.binary_join_element_wise(part["whole"], part["last"], _BREAK).combine_chunks().dictionary_encode()
    )
    heard = [list(readings.of(*text.split(_BREAK))) for text in key.dictionary.to_pylist()]
    return pa.array(heard, LIST).take(key.indices)


_HEARD_AS = {"c": "k", "q": "k", "y": "i", "j": "i", "w": "v"}


def _initials(first: Any, last: Any) -> Any:
    """The first letters of both names as they sound, in the order of the alphabet: a swapped name has the same."""
    one, two = (
        mapped(_slice(name, 0, 1), lambda letter: _HEARD_AS.get(letter, letter)) for name in (first, last)
    )
    swapped = pc.less(two, one)
    return pc.binary_join_element_wise(pc.if_else(swapped, two, one), pc.if_else(swapped, one, two), "")


def _slice(column: Any, start: int, stop: int) -> Any:
    return pc.utf8_slice_codeunits(flat(column), start, stop)


def birth_dates(column: Any) -> Any:
    """`19630704`, from most ways to write it; dates that stand for "unknown" are null."""
    return mapped(column, _birth_date)


def digits(column: Any, *, least: int) -> Any:
    """Letters and digits of a telephone number or postcode; null where fewer than `least` are left."""
    return mapped(
        column, lambda text: found if len(found := re.sub(r"[\W_]", "", text).lower()) >= least else None
    )


def _birth_date(text: str) -> str | None:
    stripped = text.strip()
    if _NO_DATE.match(stripped):
        return None
    last = _DAY_FIRST.fullmatch(stripped)
    if last:
        return f"{last[3]}{last[2]:0>2}{last[1]:0>2}"
    found = re.sub(r"\D", "", stripped[:10])
    return found if len(found) >= 6 else None


def _title_words(text: str) -> str | None:
    return titles.words(text).strip() or None


def _role(text: str) -> str | None:
    read = titles.read(text)
    if read.seniority == "unknown" or read.department == "unknown":
        return None
    return f"{read.seniority}/{read.department}"


def _department(text: str) -> str | None:
    found = titles.read(text).department
    return None if found in ("unknown", "executive", "board") else found


def _mailbox(key: str) -> str:
    return key.removeprefix(emails.PREFIX)


def _plain(text: str) -> str | None:
    return " ".join(token for word in text.split() if (token := spelling.fold_token(word))) or None


def _roots(first: Any, aliases: Any) -> Any:
    aliased = flat(aliases)
    coded = first.dictionary_encode()
    known = pa.array([list(nicknames.roots(text)) for text in coded.dictionary.to_pylist()], LIST)
    plain = known.take(coded.indices)
    rows = np.flatnonzero(aliased.is_valid().to_numpy(zero_copy_only=False))
    if not len(rows):
        return plain
    own = [
        list(nicknames.roots(first[int(row)].as_py() or "", tuple(aliased[int(row)].as_py()))) for row in rows
    ]
    order = np.arange(len(first))
    order[rows] = len(first) + np.arange(len(rows))
    return pa.concat_arrays([plain, pa.array(own, LIST)]).take(pa.array(order))


def _roots_of_last(last: Any) -> Any:
    """Of a last name that is a first name in another order; of all others nothing is told."""
    coded, known = last.dictionary_encode(), nicknames.given()
    told = [list(nicknames.roots(text)) if text in known else None for text in coded.dictionary.to_pylist()]
    return pa.array(told, LIST).take(coded.indices)


def _split(text: Any) -> Any:
    return pc.split_pattern(flat(text), " ")
