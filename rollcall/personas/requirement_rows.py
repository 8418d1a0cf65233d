"""What is kept of a requirement analysis, in plain values, and the same as rows of a table."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from rollcall.core import ids
from rollcall.credits.forecasts import Outlook
from rollcall.personas import sizing
from rollcall.personas.demand import Chosen, Demand, Wanted
from rollcall.personas.inflow import Inflow
from rollcall.personas.models import Analysis
from rollcall.personas.sizing import Package

HEADER = ["part", "what", "number", "note"]
_COUNTS = ("companies", "matches", "owned", "suppressed", "new")


def inputs(segments: Sequence[Chosen], personas: Sequence[Wanted], months: int) -> dict[str, Any]:
    """Everything that the counts follow from, but the universe and the ledger themselves."""
    return {
        "months": months,
        "segments": [
            _of_segment(chosen)
            | {
                "definition": chosen.definition.model_dump(mode="json"),
                "members": hashlib.sha256(",".join(map(str, chosen.company_ids)).encode()).hexdigest(),
            }
            for chosen in segments
        ],
        "personas": [
            _of_persona(wanted) | {"definition": wanted.definition.model_dump()} for wanted in personas
        ],
    }


def counted(needed: Demand, segments: Sequence[Chosen], personas: Sequence[Wanted]) -> dict[str, Any]:
    of_segments, of_personas = needed.counted_twice
    whole = {key: getattr(needed, key) for key in ("companies", "matches", "owned", "suppressed", "new")}
    twice = {"counted_twice_by_segments": of_segments, "counted_twice_by_personas": of_personas}
    return {
        "today": whole | twice,
        "segments": [
            _of_segment(a) | asdict(line) for a, line in zip(segments, needed.segments, strict=True)
        ],
        "personas": [
            _of_persona(a) | asdict(line) for a, line in zip(personas, needed.personas, strict=True)
        ],
    }


def inflow(came: Inflow, segments: Sequence[Chosen]) -> dict[str, Any]:
    steps = [
        {"version": one.version, "as_of": one.as_of.isoformat(), "days": one.days, "new": one.new,
         "per_month": one.per_month}
        for one in came.steps
    ]  # fmt: skip
    return {
        "per_month": came.per_month,
        "low": came.low,
        "high": came.high,
        "why": came.why,
        "segments": [chosen.name for chosen in segments if chosen.is_dynamic],
        "versions": came.versions,
        "steps": steps,
    }


def package(sized: Package, months: int) -> dict[str, Any]:
    return {
        "months": months,
        "lines": sized.lines,
        "missing": sized.missing,
        "step": sizing.STEP,
        "recommended": sized.recommended,
    }


def runway(outlook: Outlook) -> dict[str, Any]:
    band = outlook.band
    days = {
        "runs_out_on": outlook.runs_out_on,
        "earliest": band.earliest if band else None,
        "latest": band.latest if band else None,
    }
    return {
        **{name: None if day is None else day.isoformat() for name, day in days.items()},
        "days": outlook.runway_days,
        "has_band": band is not None,
        "pace": round(outlook.pace, 2),
        "added": [asdict(one) for one in outlook.added],
        "why": outlook.why,
    }


def rows(analysis: Analysis) -> Iterator[list[str]]:
    """The analysis as a CSV file: one number a row, and what it is."""
    found = analysis.result
    yield HEADER
    yield ["analysis", ids.public("ana", analysis.pk), "", analysis.name]
    yield ["analysis", "made", "", f"{analysis.created_at.isoformat()} by {analysis.actor_label}"]
    yield ["analysis", "universe version", str(analysis.universe_version), found["as_of"]]
    for part in ("segments", "personas"):
        for line in found[part]:
            for name in (*_COUNTS, "shared"):
                yield [part, f"{line['name']}: {name}", str(line[name]), line["id"] or "draft"]
        yield [part, "counted twice", str(found["today"][f"counted_twice_by_{part}"]), ""]
    for name in _COUNTS:
        yield ["today", name, str(found["today"][name]), ""]
    came = found["inflow"]
    for name in ("per_month", "low", "high"):
        yield ["inflow", name, _text(came[name]), came["why"]]
    for step in came["steps"]:
        note = f"version {step['version']}, {step['as_of']}, {step['days']} days"
        yield ["inflow", "new people", str(step["new"]), note]
    known = found["coverage"]
    yield ["coverage", "seen within 90 days", str(known["seen_within_90_days"]), f"since {known['since']}"]
    for name in ("verified_email", "verified_phone"):
        yield ["coverage", name, _text(known[name]), known["why"]]
    for line in found["package"]["lines"]:
        yield ["package", line["label"], str(line["credits"]), line["note"]]
    for name in ("missing", "step", "recommended"):
        yield ["package", name, str(found["package"][name]), ""]
    for part, told in found["runway"].items():
        for name in ("runs_out_on", "earliest", "latest", "days", "pace"):
            yield ["runway", f"{part}: {name}", _text(told[name]), told["why"]]


def _of_segment(chosen: Chosen) -> dict[str, Any]:
    kind = "dynamic" if chosen.is_dynamic else "static"
    return {
        "id": None if chosen.id is None else ids.public("seg", chosen.id),
        "name": chosen.name,
        "kind": kind,
    }


def _of_persona(wanted: Wanted) -> dict[str, Any]:
    return {"id": None if wanted.id is None else ids.public("per", wanted.id), "name": wanted.name}


def _text(value: Any) -> str:
    return "" if value is None else str(value)
