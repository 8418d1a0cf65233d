"""Which owned contact somebody means: by its id, the page of the profile, or the name and the company."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from rollcall.contacts import facts, spellings
from rollcall.contacts.bounce_rows import Row
from rollcall.contacts.models import Contact
from rollcall.core import ids
from rollcall.core.errors import NotFound
from rollcall.workspaces.models import Workspace

NOBODY, SEVERAL, FORGOTTEN = 0, -1, -2
_ASK_AT_ONCE = 500
_NAMED = ("pk", "merged_into", "erased_at", "name_key", "company_key", "company_domain")


def find(*, workspace: Workspace, rows: Sequence[Row]) -> list[int]:
    """For each row the id of the contact it is about (of an alias: its contact), or NOBODY, SEVERAL, FORGOTTEN.

    The most exact way that a row has decides: an id that is not here is not looked for by name.
    """
    numbers = [_number(row.contact_id) for row in rows]
    pages = [spellings.profile_url(row.profile_url) if not row.contact_id else None for row in rows]
    names = [
        _name_and_company(row) if not (row.contact_id or pages[place]) else None
        for place, row in enumerate(rows)
    ]
    by_number = _by_number(workspace, {number for number in numbers if number})
    by_page = _by_page(workspace, {page for page in pages if page})
    by_name = _by_name(workspace, {name for name in names if name})
    found = []
    for row, number, page, name in zip(rows, numbers, pages, names, strict=True):
        if row.contact_id:
            found.append(by_number.get(number, NOBODY))
        elif page:
            found.append(by_page.get(page, NOBODY))
        else:
            found.append(by_name.get(name, NOBODY) if name else NOBODY)
    return found


def _number(text: str) -> int:
    try:
        return ids.parse("con", text.casefold()) if text else 0
    except NotFound:
        return 0


def _name_and_company(row: Row) -> tuple[str, str] | None:
    """The company is a domain, a name, or else the domain of the address."""
    company = row.company or row.email.rpartition("@")[2]
    if not row.full_name or not company:
        return None
    return facts.sort_key(row.full_name), company


def _by_number(workspace: Workspace, numbers: set[int]) -> dict[int, int]:
    found: dict[int, int] = {}
    for some in _parts(numbers):
        mine = Contact.objects.filter(workspace=workspace, pk__in=some)
        for number, root, erased_at in mine.values_list("pk", "merged_into", "erased_at"):
            found[number] = FORGOTTEN if erased_at else root or number
    return found


def _by_page(workspace: Workspace, pages: set[str]) -> dict[str, int]:
    """One look at all pages of the workspace: they are kept as the source writes them, and spelled in many ways.

    Only those that end like one that is looked for are spelled out.
    """
    if not pages:
        return {}
    ends = {page.rpartition("/")[2] for page in pages}
    found: dict[str, int] = {}
    kept = Contact.objects.filter(workspace=workspace, profile_url__isnull=False)
    for number, root, kept_url in kept.values_list("pk", "merged_into", "profile_url").iterator(10_000):
        url = str(kept_url)
        plain = spellings.plain(url)
        if not any(step in ends for step in plain.split("/")):
            continue
        page = spellings.profile_url(url)
        if page in pages:
            found[page] = _one(found.get(page), root or number)
    return found


def _by_name(workspace: Workspace, names: set[tuple[str, str]]) -> dict[tuple[str, str], int]:
    wanted: dict[str, list[tuple[str, str | None, str]]] = {}
    for name, company in names:
        wanted.setdefault(name, []).append((company, spellings.domain(company), facts.sort_key(company)))
    found: dict[tuple[str, str], int] = {}
    for some in _parts(wanted):
        for number, root, _, name, key, domain in _rows(workspace, some):
            for company, as_domain, as_key in wanted[name]:
                if (as_domain is not None and domain == as_domain) or key == as_key:
                    found[name, company] = _one(found.get((name, company)), root or number)
    return found


def _rows(workspace: Workspace, names: Iterable[str]) -> Any:
    mine = Contact.objects.filter(workspace=workspace, name_key__in=list(names), erased_at__isnull=True)
    return mine.values_list(*_NAMED)


def _one(before: int | None, number: int) -> int:
    """Two records of one contact are one; two contacts are too many to choose from."""
    return number if before in (None, number) else SEVERAL


def _parts(values: Collection[Any]) -> Iterator[list[Any]]:
    ordered = sorted(values)
    return (ordered[at : at + _ASK_AT_ONCE] for at in range(0, len(ordered), _ASK_AT_ONCE))
