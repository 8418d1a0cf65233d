"""Before paying: how well the people of an estimate are known (P5), and who they are: levels, departments, places."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

import pyarrow as pa

from rollcall.contacts import title_books
from rollcall.personas import estimates, quotes
from rollcall.personas.demand import SEEN_WITHIN_DAYS
from rollcall.personas.estimates import Estimate
from rollcall.personas.models import Quote
from rollcall.universe import search
from rollcall.universe.answers import Coverage, Facets
from rollcall.universe.search import PeopleKept
from rollcall.workspaces.models import Workspace

TITLES_MAX = 10


class Whom(StrEnum):
    """Those who would be paid for, or everybody who matches: also who is owned, suppressed or over a limit."""

    NEW = "new"
    MATCHES = "matches"


@dataclass(frozen=True)
class Known:
    """`coverage.seen` are those who were seen on `since` or later."""

    whom: Whom
    since: date
    coverage: Coverage
    facets: Facets


def of(*, quote: Quote, whom: Whom, now: datetime) -> Known:
    """What is known of the people that an estimate keeps, in the universe version that it was made from.

    The 90 days are counted back from today, where the workspace is.

    Raises:
        VersionDamaged: that version is no longer here.
    """
    # As the estimate read their titles.
    revision = quote.inputs.get("titles_revision", 0)
    return _known(quote.workspace, quotes.people(quote), whom, quote.universe_version, revision, now)


def of_draft(*, workspace: Workspace, draft: Estimate, now: datetime) -> Known:
    """The same of an estimate that is not kept, for a persona that is still being written.

    Of the new people; of everybody who matches where nobody is new.
    """
    whom = Whom.NEW if draft.credits_max else Whom.MATCHES
    return _known(workspace, draft.people, whom, draft.universe_version, draft.titles_revision, now)


def _known(
    workspace: Workspace, people: pa.Table, whom: Whom, version: int, revision: int, now: datetime
) -> Known:
    if whom == Whom.NEW:
        people = estimates.in_states(people, estimates.NEW)
    today = now.astimezone(ZoneInfo(workspace.time_zone)).date()
    since = today - timedelta(days=SEEN_WITHIN_DAYS)
    overrides = title_books.at(workspace=workspace, revision=revision)
    kept = PeopleKept(people.select(["company_id", "profile_id"]), overrides)
    return Known(
        whom,
        since,
        search.people_coverage(version=version, people=kept, since=since),
        search.people_facets(version=version, people=kept, titles_max=TITLES_MAX),
    )
