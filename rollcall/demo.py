"""The whole way of the data in one script: two workspaces, real companies, two and a half years, month by month."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings

from rollcall.contacts import bounce_rows, bounces, refresh
from rollcall.core import ids
from rollcall.credits import adjustments, alerts, balances, budgets, grants, offers, packages, refund_rules
from rollcall.credits import capped_keys as keys
from rollcall.delivery.destinations.csv_file import export
from rollcall.personas import automatic, automations, quotes, receipts, requirements, runs
from rollcall.personas import definitions as personas
from rollcall.personas.models import Persona, Run
from rollcall.personas.requirements import PersonaDraft, SegmentDraft
from rollcall.segments import definitions as segments
from rollcall.segments import membership
from rollcall.segments.models import Segment
from rollcall.universe import ingest, versions
from rollcall.universe.sources import us_public_companies
from rollcall.workspaces import access, api_keys, members
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import User, Workspace

UNTIL = "2025-12"  # later months stay for whoever tries the demo
PIPELINE_CAP = 500
LASTS_DAYS = 183  # the story ends now, and is told as if it had begun half a year ago
Say = Callable[[str], None]


@dataclass(frozen=True)
class Cast:
    """Who plays, and when it began: every date of the story counts from there, also when it is told again."""

    meridian: Workspace
    northwind: Workspace
    alice: Actor
    dana: Actor
    charlie: Actor
    olga: Actor

    def day(self, number: float) -> datetime:
        return self.meridian.created_at + timedelta(days=number)


def tell(*, now: datetime, say: Say, until: str = UNTIL) -> None:
    """Know, choose, see the price, set aside, add and pay, keep fresh, deliver.

    Each step takes up what an interrupted telling left behind, so calling it again goes on or changes nothing.
    """
    cast = _cast(now)
    alice, dana, charlie, day = cast.alice, cast.dana, cast.charlie, cast.day
    say("Two workspaces, Meridian and Northwind, that see nothing of each other")

    # Know: who held which title at which company in July 2023.
    first, *later = [month for month in us_public_companies.months() if month <= until]
    _load(first, now=day(0), say=say)
    grant_credits(cast)
    set_rules(cast)
    say("The operator granted Meridian 50 + 1,000 credits, and Northwind 200")

    # Choose companies, and whom to find inside each.
    energy, technology, giants, theirs = choose_companies(cast)
    say(f"Segments: {', '.join(segment.name for segment in (energy, technology, giants, theirs))}")
    finance, tech, chiefs, cfos = choose_people(cast)
    say(f"Personas: {', '.join(persona.name for persona in (finance, tech, chiefs, cfos))}")

    # See the price, set aside, add and pay, give back the rest. The first search stops at 30; what is left of the
    # welcome credits expires. Where segments overlap, a contact is paid for once.
    search("1", energy, [chiefs], stop_at=30, actor=dana, now=day(3), say=say)
    grants.expire_due(workspace=cast.meridian, now=day(31))
    search("2", energy, [finance, chiefs], actor=alice, now=day(33), say=say)
    search("3", technology, [tech, finance], actor=pipeline(cast), now=day(46), say=say)
    by_itself(technology, [chiefs], actor=alice, now=day(50), say=say)

    # Keep fresh: month by month, promotions, departures and moves of owned contacts, for free.
    half = len(later) // 2
    for number, month in enumerate(later[:half]):
        follow(month, cast, now=day(52 + number * 38 / half), say=say)

    bought = search("4", giants, [chiefs, finance], actor=alice, now=day(95), say=say)
    search("5", theirs, [cfos], actor=charlie, now=day(96), say=say)
    make_good(bought, cast, now=day(104), say=say)
    for number, month in enumerate(later[half:]):
        follow(month, cast, now=day(110 + number * 60 / len(later[half:])), say=say)

    # Searched once more: those already owned are free, only newcomers cost.
    search("6", technology, [tech, finance], actor=dana, now=day(171), say=say)
    search("7", energy, [finance, chiefs], actor=alice, now=day(179), say=say)

    # Keep it within bounds, and ask for more in time.
    ask_first(energy, [tech], cast, now=now, say=say)
    ask_for_more([finance, tech, chiefs], cast, say=say)

    deliver(energy, actor=alice, now=now, say=say)
    left = balances.read(workspace=cast.meridian, now=now).available
    say(f"Meridian has {left} credits left, to try a search with")


def grant_credits(cast: Cast) -> None:
    """What expires first burns first. A package has its price and the number of its document."""
    day = cast.day
    _grant(cast, cast.meridian, 50, "promotional", "Welcome credits", expires_at=day(30))
    agreed: dict[str, Any] = {"reference": "PO-4711", "price_minor": 240_000, "currency": "EUR"}
    _grant(cast, cast.meridian, 1000, "package", "Annual package", expires_at=day(365), **agreed)
    _grant(cast, cast.northwind, 200, "top_up", "First top-up", expires_at=None)


def set_rules(cast: Cast) -> None:
    """The usual alerts. The rosters are years older than the story, so nobody "had left" before it bought them."""
    refund_rules.set_(
        workspace=None, cause="left_before", is_on=False, window_days=30, cap_credits=None, actor=cast.olga,
        now=cast.day(0),
    )  # fmt: skip
    alerts.add_usual(workspace=cast.meridian, actor=cast.alice, now=cast.day(0))


def choose_companies(cast: Cast) -> list[Segment]:
    """Three overlapping segments of Meridian, one of Northwind among the same companies."""
    sector = {"field": "sector", "op": "is_any_of"}
    large = {"field": "employees", "op": "gte", "value": 10_000}
    chosen = [
        (cast.meridian, cast.alice, "Energy & utilities", "static", [sector | {"value": ["Energy", "Utilities"]}], {}),
        (
            cast.meridian, cast.alice, "Technology, 10,000+ employees", "dynamic",
            [sector | {"value": ["Information Technology"]}, large], {},
        ),
        (
            cast.meridian, cast.alice, "100 largest employers", "dynamic",
            [large], {"order_by": "employees", "descending": True, "limit": 100},
        ),
        (cast.northwind, cast.charlie, "Energy", "static", [sector | {"value": ["Energy"]}], {}),
    ]  # fmt: skip
    return [
        _segment(workspace, name, kind, {"where": {"op": "and", "items": items}, **order}, actor, cast.day(1))
        for workspace, actor, name, kind, items, order in chosen
    ]


def choose_people(cast: Cast) -> list[Persona]:
    """Whom to find inside each company, and how many at most."""
    finance = ["chief financial officer", "treasurer", "controller", "VP finance"]
    technology = ["chief technology officer", "chief information officer", "chief product officer"]
    wanted: list[tuple[Workspace, Actor, str, dict[str, Any]]] = [
        (cast.meridian, cast.alice, "Finance leaders", {"titles": finance, "per_company": 3}),
        (cast.meridian, cast.alice, "Technology leaders", {"titles": technology, "per_company": 3}),
        (cast.meridian, cast.alice, "Chief executives", {"titles": ["CEO"], "per_company": 1}),
        (cast.northwind, cast.charlie, "Finance chiefs", {"titles": ["CFO"], "per_company": 1}),
    ]
    return [
        _persona(workspace, name, definition, actor, cast.day(1))
        for workspace, actor, name, definition in wanted
    ]


def search(
    key: str, segment: Segment, wanted: Sequence[Persona], *, actor: Actor, now: datetime, say: Say,
    stop_at: int | None = None,
) -> Run:  # fmt: skip
    """A persona search from estimate to receipt. The same key again is the same search."""
    workspace, ids_wanted = segment.workspace, [persona.pk for persona in wanted]
    quote = quotes.make(
        workspace=workspace,
        segment_id=segment.pk,
        persona_ids=ids_wanted,
        stop_at=stop_at,
        actor=actor,
        now=now,
    )
    try:
        run = runs.start(workspace=workspace, quote_id=quote.pk, key=f"demo:{key}", actor=actor, now=now)
    except runs.KeyReused as begun:
        run = runs.get(workspace=workspace, run_id=ids.parse("run", begun.details["run"]))
    done = runs.carry_out(run_id=run.pk, now=now)
    names = " + ".join(persona.name for persona in wanted)
    estimated = done.quote.credits_max
    say(
        f"{names} in “{segment.name}”: estimate {estimated}, charged {done.charged}, already ours {done.owned}"
    )
    return done


def pipeline(cast: Cast) -> Actor:
    """A program of Meridian's, with an API key of its own."""
    known = {key.name: key for key in api_keys.of(workspace=cast.meridian)}
    key = known.get("Pipeline")
    if key is None:
        key, _ = keys.create(
            workspace=cast.meridian, name="Pipeline", role="editor", actor=cast.alice, now=cast.day(45),
            credits_per_month=PIPELINE_CAP,
        )  # fmt: skip
    return access.program(key)


def by_itself(segment: Segment, wanted: Sequence[Persona], *, actor: Actor, now: datetime, say: Say) -> None:
    """Every month the segment is searched again by itself, for at most 10 credits a day."""
    workspace, mine = segment.workspace, [persona.pk for persona in wanted]
    if not automations.list_(workspace=workspace, segment_id=segment.pk):
        automations.create(
            workspace=workspace, segment_id=segment.pk, persona_ids=mine, trigger="monthly", mode="allowance",
            credits_per_day=10, actor=actor, now=now,
        )  # fmt: skip
    say(f"“{segment.name}” is searched by itself every month")


def ask_first(segment: Segment, wanted: Sequence[Persona], cast: Cast, *, now: datetime, say: Say) -> None:
    """Dana may spend 100 credits a month. A weekly search asks before it spends anything."""
    workspace, alice, asked = segment.workspace, cast.alice, cast.day(173)
    with suppress(budgets.BudgetExists):
        budgets.create(
            workspace=workspace, scope="member", subject=cast.dana.ref, period="month", limit=100, is_hard=True,
            actor=alice, now=asked,
        )  # fmt: skip
    if not automations.list_(workspace=workspace, segment_id=segment.pk):
        automations.create(
            workspace=workspace, segment_id=segment.pk, persona_ids=[persona.pk for persona in wanted],
            trigger="weekly", actor=alice, now=asked,
        )  # fmt: skip
    _search_by_themselves([workspace], now)
    say("Dana's month is capped at 100 credits; a weekly search asks before it spends")


def ask_for_more(wanted: Sequence[Persona], cast: Cast, *, say: Say) -> None:
    """What a market that is only drafted yet will need goes to the operator, who makes an offer for it."""
    workspace, day = cast.meridian, cast.day
    if not packages.of(workspace=workspace):
        sizeable = {"where": {"op": "and", "items": [{"field": "employees", "op": "gte", "value": 1_000}]}}
        legal = {
            "titles": ["general counsel", "chief legal officer", "corporate secretary"],
            "per_company": 3,
        }
        analysis = requirements.analyse(
            workspace=workspace, name="1,000 employees and more", actor=cast.alice, now=day(181),
            segment_drafts=[SegmentDraft("1,000+ employees", sizeable, is_dynamic=True)],
            persona_ids=[persona.pk for persona in wanted], persona_drafts=[PersonaDraft("Legal leaders", legal)],
        )  # fmt: skip
        needed = requirements.attachment(analysis)
        packages.request(
            workspace=workspace, credits_wanted=max(100, needed["recommended"]), actor=cast.alice, now=day(181),
            note="We go for every company of some size next year.", reply_email=_address("Alice Moreau"),
            analysis=needed, key="demo:package",
        )  # fmt: skip
    (asked,) = packages.of(workspace=workspace)
    if asked.state == "sent":
        offers.quote(
            request_id=asked.pk, credits=asked.credits_wanted, price_minor=asked.credits_wanted * 220, currency="EUR",
            terms="Payable within 30 days of the invoice.", expires_on=day(182 + 365).date(), valid_until=day(213),
            quote_number=0, actor=cast.olga, now=day(182),
        )  # fmt: skip
    say(f"A package of {asked.credits_wanted:,} credits is asked for; the operator has made an offer")


def make_good(run: Run, cast: Cast, *, now: datetime, say: Say) -> None:
    """Two addresses bounced: their credits come back by a rule. A day was lost: the operator adds some credits."""
    workspace = run.workspace
    entries = receipts.of_run(workspace=workspace, run_id=run.pk).entries
    charge = next((entry for entry in entries if entry.kind == "charge"), None)
    if charge is None:
        return  # the search was cut short; the next telling carries it out
    paid = receipts.people(workspace=workspace, entry_id=charge.pk, limit=2).items
    rows = [bounce_rows.Row(contact_id=ids.public("con", one.contact_id or 0), kind="hard") for one in paid]
    told = bounces.report(workspace=workspace, rows=rows, key="demo:bounces", actor=cast.dana, now=now)
    adjustments.make(
        workspace=workspace, amount=25, reason="Goodwill for the day on which searches did not start",
        key="demo:goodwill", actor=cast.olga, now=now + timedelta(days=2),
    )  # fmt: skip
    say(f"{told.given_back} contacts bounced: their credits came back; the operator added 25 more")


def follow(month: str, cast: Cast, *, now: datetime, say: Say) -> None:
    """Load a month; owned contacts change, and dynamic segments take in and let go, without a credit moving."""
    version = _load(month, now=now)
    if version is None:
        return
    both = (cast.meridian, cast.northwind)
    found = [refresh.run(workspace=workspace, version=version, now=now) for workspace in both]
    for workspace in both:
        for segment in segments.list_(workspace=workspace):
            if segment.kind == "dynamic":
                membership.refresh(
                    workspace=workspace, segment_id=segment.pk, actor=access.system("demo"), now=now,
                    why=f"data of {month}",
                )  # fmt: skip
        membership.follow_contacts(workspace=workspace)
    _search_by_themselves(both, now)
    say(f"{month} loaded: {_changes(found)}")


def _search_by_themselves(of: Sequence[Workspace], now: datetime) -> None:
    """What the worker does all day: automations that are due start their searches, and searches are carried out."""
    while automatic.look(now=now):
        for workspace in of:
            for run in runs.list_(workspace=workspace, active_only=True).items:
                runs.carry_out(run_id=run.pk, now=now)


def deliver(segment: Segment, *, actor: Actor, now: datetime, say: Say) -> None:
    """The contacts of a segment as a file for a spreadsheet."""
    file = Path(settings.ROLLCALL_HOME) / "exports" / "energy-utilities.csv"
    file.parent.mkdir(exist_ok=True)
    rows = export.rows(workspace=segment.workspace, segment_id=segment.pk, actor=actor, now=now)
    file.write_text("".join(export.text(rows)), encoding="utf-8", newline="")
    say(f"“{segment.name}” exported to {file}")


def user_named(name: str) -> User | None:
    """Somebody of the story, if it has been told here."""
    return User.objects.filter(email=_address(name)).first()


def _cast(now: datetime) -> Cast:
    meridian, northwind = _workspace("Meridian", now=now), _workspace("Northwind", now=now)
    alice = _member(meridian, "Alice Moreau", "owner")
    dana = _member(meridian, "Dana Whitfield", "editor")
    _member(meridian, "Bob Lind", "viewer")
    charlie = _member(northwind, "Charlie Okafor", "owner")
    olga = access.operator(_user("Olga Brandt", is_operator=True))
    return Cast(meridian=meridian, northwind=northwind, alice=alice, dana=dana, charlie=charlie, olga=olga)


def _workspace(name: str, *, now: datetime) -> Workspace:
    known = {workspace.name: workspace for workspace in members.all_workspaces()}
    return known.get(name) or members.create_workspace(name=name, now=now - timedelta(days=LASTS_DAYS))


def _user(name: str, *, is_operator: bool = False) -> User:
    return user_named(name) or members.create_user(email=_address(name), name=name, is_operator=is_operator)


def _address(name: str) -> str:
    return f"{name.split()[0].lower()}@demo.example"


def _member(workspace: Workspace, name: str, role: str) -> Actor:
    user = _user(name)
    members.add(workspace=workspace, user=user, role=role)
    return access.member(workspace=workspace, user=user)


def _load(month: str, *, now: datetime, say: Say | None = None) -> int | None:
    """The version that the month became; None if it was loaded before."""
    source = us_public_companies.Source(month)
    if any(version.as_of >= source.as_of for version in versions.list_() if version.source == source.name):
        return None
    report = ingest.load(source=source, now=now)
    if say:
        say(f"{month} loaded: {report.people:,} officers and directors of {report.companies} real companies")
    return report.version


def _grant(
    cast: Cast,
    workspace: Workspace,
    amount: int,
    kind: str,
    name: str,
    *,
    expires_at: datetime | None,
    **agreed: Any,
) -> None:
    grants.add(
        workspace=workspace, amount=amount, kind=kind, name=name, key=f"demo:{name}", actor=cast.olga,
        now=cast.day(0), expires_at=expires_at, **agreed,
    )  # fmt: skip


def _segment(
    workspace: Workspace, name: str, kind: str, definition: dict[str, Any], actor: Actor, now: datetime
) -> Segment:
    known = {segment.name: segment for segment in segments.list_(workspace=workspace)}
    return known.get(name) or segments.create(
        workspace=workspace, name=name, kind=kind, definition=definition, actor=actor, now=now
    )


def _persona(
    workspace: Workspace, name: str, definition: dict[str, Any], actor: Actor, now: datetime
) -> Persona:
    known = {persona.name: persona for persona in personas.list_(workspace=workspace)}
    return known.get(name) or personas.create(
        workspace=workspace, name=name, definition=personas.parse(definition), actor=actor, now=now
    )


def _changes(found: Sequence[refresh.Refreshed]) -> str:
    """What a month brought, in words."""
    kinds = sorted({kind for one in found for kind in one.by_kind})
    counts = {kind.replace("_", " "): sum(one.by_kind.get(kind, 0) for one in found) for kind in kinds}
    return ", ".join(f"{count} {kind}" for kind, count in counts.items()) or "no change of owned contacts"
