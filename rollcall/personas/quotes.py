"""Quotes: the saved, exact estimate of a persona search, which alone can start one (E1, E2)."""

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import pyarrow as pa

from rollcall.core.errors import Invalid, NotFound
from rollcall.credits import budgets
from rollcall.credits.budgets import Room
from rollcall.personas import definitions, estimates
from rollcall.personas.estimates import Estimate
from rollcall.personas.models import Persona, Quote
from rollcall.personas.wanted import PersonaDefinition
from rollcall.segments import membership, register
from rollcall.segments.models import Segment
from rollcall.universe import search
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import Workspace

VALID_FOR = timedelta(minutes=30)
STOP_AT_MAX = 2**63 - 1


class NoSuchQuote(NotFound):
    """There is no estimate {id} here. Make a new one; nothing was charged."""


class PersonasNeeded(Invalid):
    """A persona search needs at least one persona. Choose whom to find."""


class BadStopAt(Invalid):
    """{stop_at} is no number of credits to stop at. Write a whole number from 0, or leave it out for no limit."""


def make(
    *,
    workspace: Workspace,
    segment_id: int,
    persona_ids: Sequence[int],
    actor: Actor,
    now: datetime,
    stop_at: int | None = None,
    joined: tuple[int, int] | None = None,
) -> Quote:
    """Count the people once each over all personas, and keep the sum and the people for 30 minutes.

    Args:
        joined: only in companies that joined the segment in between these stays (`membership.company_ids`).

    Raises:
        PersonasNeeded, BadStopAt, NothingKnownYet, and NotFound for a segment or persona that is not here.
    """
    segment = register.get(workspace=workspace, segment_id=segment_id)
    personas = _personas(workspace, persona_ids)
    company_ids = membership.company_ids(segment=segment, joined=joined)
    wanted = [definitions.of(persona) for persona in personas]
    room = _room(workspace, segment, [persona.pk for persona in personas], actor, now)
    estimate = _estimate(workspace, company_ids, wanted, [persona.pk for persona in personas], stop_at, room)
    described = inputs(
        segment=segment, personas=personas, company_ids=company_ids, stop_at=stop_at, joined=joined
    )
    return Quote.objects.create(
        workspace=workspace,
        segment=segment,
        persona_ids=[persona.pk for persona in personas],
        stop_at=stop_at,
        universe_version=estimate.universe_version,
        inputs=described | {"budgets": estimate.budgets, "titles_revision": estimate.titles_revision},
        inputs_digest=digest(described),
        companies=estimate.companies,
        matches=estimate.matches,
        owned=estimate.owned,
        suppressed=estimate.suppressed,
        over_limit=estimate.over_limit,
        over_budget=estimate.over_budget,
        credits_max=estimate.credits_max,
        people=_packed(estimate.people),
        actor=actor.ref,
        actor_label=actor.label,
        created_at=now,
        expires_at=now + VALID_FOR,
    )


def draft(
    *,
    workspace: Workspace,
    segment_id: int,
    definition: PersonaDefinition,
    persona_ids: Sequence[int] = (),
    stop_at: int | None = None,
    actor: Actor | None = None,
    now: datetime | None = None,
) -> Estimate:
    """The same sum for a persona that is still being written (alone, or beside saved ones); cannot be started.

    Args:
        actor: who would search, and `now` when: budgets are looked at for them; without, as if there were none.
    """
    segment = register.get(workspace=workspace, segment_id=segment_id)
    saved = _personas(workspace, persona_ids) if persona_ids else []
    numbers = [persona.pk for persona in saved]
    room = _room(workspace, segment, numbers, actor, now) if actor and now else Room()
    company_ids = membership.company_ids(segment=segment)
    wanted = [*(definitions.of(persona) for persona in saved), definition]
    return _estimate(workspace, company_ids, wanted, [*numbers, 0], stop_at, room)


def get(*, workspace: Workspace, quote_id: int) -> Quote:
    """
    Raises:
        NoSuchQuote
    """
    found = Quote.objects.filter(workspace=workspace, pk=quote_id).select_related("segment").first()
    if found is None:
        raise NoSuchQuote(id=f"quo_{quote_id}")
    return found


def people(quote: Quote | Estimate) -> pa.Table:
    """company_id, profile_id, persona_mask, state (one of `estimates.STATES`), best first."""
    if isinstance(quote, Estimate):
        return quote.people
    return pa.ipc.open_file(pa.py_buffer(bytes(quote.people))).read_all()


def sample(
    quote: Quote | Estimate, *, limit: int = 3, states: Sequence[str] = (estimates.NEW,)
) -> list[dict[str, Any]]:
    """Title and company of the first new people, of different companies where possible; no names before paying."""
    fresh = estimates.in_states(people(quote), *states)
    companies = fresh["company_id"].to_pylist()
    first_rows = sorted({company: row for row, company in reversed([*enumerate(companies)])}.values())[:limit]
    others = (row for row in range(len(companies)) if row not in first_rows)
    chosen = [*first_rows, *islice(others, max(0, limit - len(first_rows)))]
    pairs = fresh.take(pa.array(chosen, pa.int64())).select(["company_id", "profile_id"])
    rows = search.position_rows(version=quote.universe_version, pairs=pairs)
    return [
        {"title": title, "company": company}
        for title, company in zip(rows["title"].to_pylist(), rows["company_name"].to_pylist(), strict=True)
    ]


def renew(quote: Quote, *, actor: Actor, now: datetime) -> Quote | None:
    """A new quote from the same inputs as they are now; None if the segment or a persona is no more."""
    try:
        return make(
            workspace=quote.workspace,
            segment_id=quote.segment_id,
            persona_ids=quote.persona_ids,
            stop_at=quote.stop_at,
            joined=_joined(quote),
            actor=actor,
            now=now,
        )
    except NotFound:
        return None


def changes(quote: Quote) -> str | None:
    """What changed in the inputs since the quote was made, in words; None when nothing did."""
    segment = Segment.objects.get(pk=quote.segment_id)
    if segment.deleted_at is not None:
        return "the segment was deleted"
    by_id = Persona.objects.in_bulk(quote.persona_ids)
    personas = [by_id[persona_id] for persona_id in quote.persona_ids]
    joined = _joined(quote)
    company_ids = membership.company_ids(segment=segment, joined=joined)
    present = inputs(
        segment=segment, personas=personas, company_ids=company_ids, stop_at=quote.stop_at, joined=joined
    )
    for was, persona in zip(quote.inputs["personas"], personas, strict=True):
        if persona.deleted_at is not None:
            return f"the persona {was['name']} was deleted"
        if was["definition"] != persona.definition:
            return f"the persona {persona.name} was edited"
    if digest(present) == quote.inputs_digest:
        return None
    if present["segment"]["revision"] != quote.inputs["segment"]["revision"]:
        return f"the segment {segment.name} was edited"
    return f"companies joined or left the segment {segment.name}"


def named(quote: Quote) -> dict[str, Any]:
    """Quote, segment and personas, by id and by their names of that time: what ledger entries and events keep."""
    segment = quote.inputs["segment"]
    return {
        "quote": f"quo_{quote.pk}",
        "segment": {"id": f"seg_{segment['id']}", "name": segment["name"]},
        "personas": [{"id": f"per_{p['id']}", "name": p["name"]} for p in quote.inputs["personas"]],
    }


def inputs(
    *,
    segment: Segment,
    personas: Sequence[Persona],
    company_ids: Sequence[int],
    stop_at: int | None,
    joined: tuple[int, int] | None = None,
) -> dict[str, Any]:
    """What a quote was made from, with the names of that time for receipts."""
    members = hashlib.sha256(",".join(map(str, company_ids)).encode()).hexdigest()
    return {
        "segment": {"id": segment.pk, "name": segment.name, "revision": segment.revision, "members": members},
        "personas": [{"id": p.pk, "name": p.name, "definition": p.definition} for p in personas],
        "stop_at": stop_at,
        **({"joined": list(joined)} if joined else {}),
    }


def digest(described: dict[str, Any]) -> str:
    """A hash of `inputs` without the names: renaming something changes no estimate."""
    segment = {name: value for name, value in described["segment"].items() if name != "name"}
    personas = [{"id": p["id"], "definition": p["definition"]} for p in described["personas"]]
    plain = {"segment": segment, "personas": personas, "stop_at": described["stop_at"]}
    if "joined" in described:
        plain["joined"] = described["joined"]
    return hashlib.sha256(json.dumps(plain, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _joined(quote: Quote) -> tuple[int, int] | None:
    """Between which stays the companies joined, if the quote is for those alone."""
    between = quote.inputs.get("joined")
    return None if between is None else (between[0], between[1])


def _room(
    workspace: Workspace, segment: Segment, persona_ids: Sequence[int], actor: Actor, now: datetime
) -> Room:
    """What budgets leave for this actor. An allowance is not among them: it decides whether a search starts by itself,
    and what it would cost is asked without it."""
    return budgets.room(
        workspace=workspace,
        actor=actor,
        segment_id=segment.pk,
        automation_id=None,
        persona_ids=persona_ids,
        now=now,
    )


def _estimate(
    workspace: Workspace,
    company_ids: Sequence[int],
    wanted: list[PersonaDefinition],
    persona_ids: Sequence[int],
    stop_at: int | None,
    room: Room,
) -> Estimate:
    if stop_at is not None and (isinstance(stop_at, bool) or not 0 <= stop_at <= STOP_AT_MAX):
        raise BadStopAt(stop_at=stop_at)
    return estimates.make(
        workspace=workspace,
        company_ids=company_ids,
        personas=wanted,
        persona_ids=persona_ids,
        stop_at=stop_at,
        room=room,
    )


def _personas(workspace: Workspace, persona_ids: Sequence[int]) -> list[Persona]:
    """Each persona once, in the order given."""
    wanted = list(dict.fromkeys(persona_ids))
    if not wanted:
        raise PersonasNeeded()
    found = Persona.objects.filter(workspace=workspace, pk__in=wanted, deleted_at__isnull=True).in_bulk()
    for persona_id in wanted:
        if persona_id not in found:
            raise definitions.NoSuchPersona(id=f"per_{persona_id}")
    return [found[persona_id] for persona_id in wanted]


def _packed(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())
