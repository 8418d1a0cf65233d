"""Turns a definition into a question for the universe: other segments become ids, pasted domains companies."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from rollcall.core.errors import TryLater
from rollcall.segments.language import Definition, segment_number
from rollcall.segments.models import Member
from rollcall.segments.references import check
from rollcall.universe import domains, filters, search, versions
from rollcall.universe.filters import Among, Group
from rollcall.universe.search import CompanyQuery
from rollcall.workspaces.models import Workspace


class NoUniverse(TryLater):
    """No companies have been loaded yet. The operator of this installation loads them; then try again."""


@dataclass(frozen=True)
class Selection:
    """A definition ready to be asked of one universe version, and what of its pasted text led nowhere."""

    version: int
    query: CompanyQuery
    unmatched_domains: list[str]
    bad_domains: list[str]

    def companies(self) -> list[int]:
        return search.companies(version=self.version, query=self.query)

    def count(self) -> int:
        return search.count_companies(version=self.version, query=self.query)

    def count_after_each(self) -> list[int]:
        return search.count_after_each(version=self.version, query=self.query)

    def first(self, limit: int) -> list[int]:
        most = limit if self.query.limit is None else min(limit, self.query.limit)
        return search.companies(version=self.version, query=replace(self.query, limit=most))

    def contradictions(self) -> list[str]:
        return filters.contradictions(self.query.where) if self.query.where else []


def current_version() -> int:
    """
    Raises:
        NoUniverse: nothing was loaded yet.
    """
    version = versions.current()
    if version is None:
        raise NoUniverse()
    return version


def select(*, workspace: Workspace, definition: Definition, version: int) -> Selection:
    """Resolve the definition against a universe version and the present members of the segments it names.

    Raises:
        NoSuchReference: a named segment is not there.
    """
    check(workspace=workspace, segment_id=None, name="", target_ids=definition.segment_ids)
    included = search.find_domains(version=version, domains=definition.include_domains)
    excluded = search.find_domains(version=version, domains=definition.exclude_domains)
    missed = list(dict.fromkeys([*included.unmatched, *excluded.unmatched]))
    unreadable = {text for text in missed if domains.root_domain(text) is None}
    query = CompanyQuery(
        where=_where(definition, bool(included.ids)),
        include_ids=sorted(set(included.ids.values())),
        exclude_ids=sorted(set(excluded.ids.values()) | _members(definition.exclude_segments)),
        order_by=definition.order_by,
        descending=definition.descending,
        limit=definition.limit,
        random_seed=definition.random_seed,
    )
    return Selection(
        version=version,
        query=query,
        unmatched_domains=[text for text in missed if text not in unreadable],
        bad_domains=[text for text in missed if text in unreadable],
    )


def _where(definition: Definition, has_included: bool) -> Group | None:
    if definition.where is not None:
        return _resolved(definition.where)
    if definition.everything or has_included:
        return None
    # Domains were pasted and none is known here: to the universe "no filter, nothing included" means everyone.
    return Group(items=[Among(company_ids=[])])


def _resolved(group: Group) -> Group:
    """The same tree, with each line about segments replaced by the ids of their members."""
    items: list[filters.Condition | Group | Among] = []
    for item in group.items:
        if isinstance(item, Group):
            items.append(_resolved(item))
        elif isinstance(item, filters.Condition) and item.field == "segment":
            named = [segment_number(text, field="segment") for text in item.texts]
            items.append(Among(company_ids=sorted(_members(named)), inside=not item.positive[1]))
        else:
            items.append(item)
    return Group.model_construct(op=group.op, items=items)


def _members(segment_ids: Iterable[int]) -> set[int]:
    wanted = Member.objects.filter(segment__in=list(segment_ids), left_at__isnull=True)
    return set(wanted.values_list("company_id", flat=True))
