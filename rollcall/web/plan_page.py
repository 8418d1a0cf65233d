"""A requirement analysis as a page shows it: the sums, what came each month, the arithmetic of the package."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from rollcall.personas.models import Analysis
from rollcall.web import formats, stacks

_RUNWAYS = {"as_it_is": "With the credits there are", "with_package": "With the recommended package"}


def context(found: Analysis) -> dict[str, Any]:
    """What `planner/analysis.html` needs."""
    told = found.result
    return {
        "today": told["today"],
        "as_of": date.fromisoformat(told["as_of"]),
        "months": found.inputs["months"],
        "parts": [_part("segments", told), _part("personas", told)],
        "inflow": told["inflow"],
        "inflow_words": _inflow(told["inflow"]),
        "stack": _stack(told["inflow"]),
        "coverage": told["coverage"]
        | {"percent": _percent(told["coverage"]), "day": _day(told["coverage"]["since"])},
        "package": told["package"],
        "runways": [_runway(name, one) for name, one in told["runway"].items()],
    }


def _part(name: str, told: Mapping[str, Any]) -> dict[str, Any]:
    """Segments or personas: the lines, and why their sum is more than all of them together."""
    lines, twice = told[name], told["today"][f"counted_twice_by_{name}"]
    terms = [
        {"sign": "+" if number else "", "amount": line["new"], "label": line["name"]}
        for number, line in enumerate(lines)
    ]
    terms += [{"sign": "−", "amount": twice, "label": "counted more than once"}] if twice else []
    terms.append({"sign": "=", "amount": told["today"]["new"], "label": "new contacts"})
    return {
        "name": name,
        "title": name.capitalize(),
        "lines": lines,
        "terms": terms if len(lines) > 1 else [],
        "twice": twice,
        "sum": sum(line["new"] for line in lines),
    }


def _inflow(came: Mapping[str, Any]) -> str:
    if came["per_month"] is None:
        return str(came["why"])
    low, high = (f"{came[end]:,.1f}" for end in ("low", "high"))
    return f"{came['why']} The least was {low}, the most {high}."


def _stack(came: Mapping[str, Any]) -> stacks.Stack | None:
    """A column for each date of the universe."""
    steps = came["steps"]
    if not any(step["new"] for step in steps):
        return None
    days = [date.fromisoformat(step["as_of"]) for step in steps]
    total = sum(step["new"] for step in steps)
    sentence = f"{formats.num(total)} people matched for the first time between {formats.day(days[0])} and"
    return stacks.of(
        name="inflow",
        labels=[f"{day:%b %Y}" for day in days],
        amounts=[{"New people": step["new"]} for step in steps],
        sentence=f"{sentence} {formats.day(days[-1])}.",
    )


def _percent(coverage: Mapping[str, Any]) -> int | None:
    people = coverage["people"]
    return round(100 * coverage["seen_within_90_days"] / people) if people else None


def _runway(name: str, told: Mapping[str, Any]) -> dict[str, Any]:
    value = _day(told["runs_out_on"]) if told["runs_out_on"] else "–"
    note = told["why"]
    if told["days"] == 0:
        value, note = "At once", "Whom you want today is more than there is"
    elif told["has_band"]:
        earliest = _day(told["earliest"]) if told["earliest"] else "over two years"
        latest = _day(told["latest"]) if told["latest"] else "over two years"
        note = f"80% range: {earliest} to {latest}"
        value = value if told["runs_out_on"] else "Over two years"
    return {
        "label": _RUNWAYS[name],
        "value": value,
        "note": note,
        "pace": told["pace"],
        "added": told["added"],
    }


def _day(text: str) -> str:
    return formats.day(date.fromisoformat(text))
