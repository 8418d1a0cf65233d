"""Whether two records look like one person at one company: what a merge must show before a credit comes back by it."""

from rollcall.contacts import spellings
from rollcall.contacts.models import Contact
from rollcall.universe.folding import fold


def difference(one: Contact, other: Contact) -> str:
    """What speaks against it, in words and without personal data; empty if nothing does."""
    if not _same_company(one, other):
        return "the two are at companies with different names and domains"
    if not _same_person(one, other):
        return "the two have different names and different profile pages"
    return ""


def _same_company(one: Contact, other: Contact) -> bool:
    if one.company_id == other.company_id:
        return True
    if one.company_domain and one.company_domain == other.company_domain:
        return True
    return bool(one.company_key) and one.company_key == other.company_key


def _same_person(one: Contact, other: Contact) -> bool:
    if one.profile_id == other.profile_id:
        return True
    pages = [spellings.profile_url(contact.profile_url or "") for contact in (one, other)]
    if pages[0] is not None and pages[0] == pages[1]:
        return True
    return _is_short_for(_words(one), _words(other)) or _is_short_for(_words(other), _words(one))


def _words(contact: Contact) -> list[str]:
    """`"J. R. Müller-Lüdenscheidt" -> ["j", "r", "müller", "lüdenscheidt"]`."""
    folded = fold(contact.full_name)
    return "".join(letter if letter.isalnum() else " " for letter in folded).split()


def _is_short_for(short: list[str], full: list[str]) -> bool:
    """The same last name, and the others the same, an initial of them, or left out between first and last."""
    if len(short) < 2 or len(full) < 2 or short[-1] != full[-1]:
        return False
    rest = iter(full[:-1])
    begun = full[0].startswith(short[0]) if len(short[0]) == 1 else short[0] == full[0]
    return begun and all(
        any(word == given or (len(given) == 1 and word.startswith(given)) for word in rest)
        for given in short[:-1]
    )
