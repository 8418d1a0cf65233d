"""Two companies turn out to be one: what was paid for at either is paid for at the one that goes on, once."""

from datetime import datetime

from rollcall.contacts import owned, refresh, verify
from rollcall.contacts.models import Contact, Merge
from rollcall.credits.models import Acquisition, Entry
from rollcall.segments import definitions, membership
from rollcall.segments.models import Member, Segment
from rollcall.universe import ingest, search, versions
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import Workspace
from tests.contacts.world import HERE, JULY, JUNE, buy
from tests.universe.rosters import Handmade, person

SMALL = {"company_id": "s", "name": "Small Fry", "domain": "small.com", "sector": "Energy"}
BIG = {"company_id": "b", "name": "Big Fish", "domain": "big.com", "sector": "Energy"}


def before(now: datetime) -> None:
    """Ann sits at both, Bo at the small one."""
    rows = [person("ann", "s", "Chair", JUNE, **HERE), person("ann", "b", "CEO", JUNE, **HERE)]
    rows.append(person("bo", "s", "CFO", JUNE, **HERE))
    ingest.load(source=Handmade(people=rows, as_of=JUNE, facts=[SMALL, BIG]), now=now)


def merge(now: datetime) -> None:
    rows = [person("ann", "b", "CEO", JULY, **HERE), person("bo", "b", "CFO", JULY, **HERE)]
    facts = [SMALL | {"merged_into": "b"}, BIG]
    ingest.load(source=Handmade(people=rows, as_of=JULY, facts=facts), now=now)


def test_c6_a_merger_of_companies_gives_the_second_credit_back(
    workspace: Workspace, actor: Actor, now: datetime
) -> None:
    before(now)
    buy(workspace, actor, now)
    assert Acquisition.objects.filter(workspace=workspace).count() == 3
    merge(now)
    refresh.run(workspace=workspace, version=versions.current() or 0, now=now)
    (merged,) = Merge.objects.all()
    assert merged.entry is not None and merged.entry.kind == Entry.Kind.REFUND
    assert all(check.ok for check in verify.checks(workspace))
    bo = Contact.objects.get(full_name="Bo Doe")
    assert (bo.company_domain, bo.is_former, bo.title) == ("big.com", False, "CFO")


def test_c3_whoever_was_paid_for_at_the_former_company_is_free(
    workspace: Workspace, actor: Actor, now: datetime
) -> None:
    before(now)
    buy(workspace, actor, now)
    merge(now)
    query = search.PeopleQuery((2,), (search.PersonaQuery(),))
    found = search.people(version=2, query=query)
    assert found.num_rows == 2
    assert len(owned.which(workspace=workspace, pairs=found)) == 2


def test_s3_a_segment_follows_a_company_that_became_another(
    workspace: Workspace, actor: Actor, now: datetime
) -> None:
    before(now)
    everyone = {"where": {"items": [{"field": "sector", "op": "is", "value": "Energy"}]}}
    pasted = {"include_domains": ["small.com"]}

    def make(name: str, definition: object) -> Segment:
        return definitions.create(
            workspace=workspace, name=name, kind="static", definition=definition, actor=actor, now=now
        )

    both, one = make("Both", everyone), make("One", pasted)
    merge(now)
    assert membership.company_ids(segment=one) == [2], "also before it is looked at again"
    (stay,) = membership.companies(workspace=workspace, segment_id=one.pk).items
    assert stay.facts["domain"] == "big.com"
    for segment in (both, one):
        done = membership.refresh(workspace=workspace, segment_id=segment.pk, actor=actor, now=now)
        assert (done.joined, done.left, done.total) == (0, 0, 1), "nobody joined and nobody left"
        segment.refresh_from_db()
        assert segment.company_count == 1
    assert Member.objects.get(segment=one).left_at is None
    ended = Member.objects.get(segment=both, left_at__isnull=False)
    assert "same company" in ended.left_why
