"""Before paying: how well the people of an estimate are known (P5), and who they are: levels, departments, places."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from rollcall.contacts import title_books
from rollcall.personas import estimates, quotes
from rollcall.personas.demand import SEEN_WITHIN_DAYS
from rollcall.personas.models import Quote
from rollcall.universe import search
from rollcall.universe.answers import Coverage, Facets
from rollcall.universe.search import PeopleKept

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
    people = quotes.people(quote)
    if whom == Whom.NEW:
        people = estimates.in_states(people, estimates.NEW)
    today = now.astimezone(ZoneInfo(quote.workspace.time_zone)).date()
    since = today - timedelta(days=SEEN_WITHIN_DAYS)
    # As the estimate read their titles.
    overrides = title_books.at(workspace=quote.workspace, revision=quote.inputs.get("titles_revision", 0))
    version, kept = quote.universe_version, PeopleKept(people.select(["company_id", "profile_id"]), overrides)
    return Known(
        whom,
        since,
        search.people_coverage(version=version, people=kept, since=since),
        search.people_facets(version=version, people=kept, titles_max=TITLES_MAX),
    )
