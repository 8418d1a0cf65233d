"""The requirement analysis that came with a package request, as it was then: the sum, the people, the months ahead."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from rollcall.web import formats


def context(found: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """What `packages/analysis.html` shows; an analysis of a form we do not know is shown as labels and values."""
    if found is None:
        return None
    if not {"package", "today", "inflow", "runway"} <= found.keys():
        return {"facts": list(_facts(found)), "name": ""}
    package, today = found["package"], found["today"]
    pairs = [
        (
            "Today",
            f"{formats.num(today['new'])} new in {formats.count(today['companies'], 'company,companies')}",
        ),
        ("Of all matches", f"{formats.num(today['matches'])}; {formats.num(today['owned'])} owned already"),
        ("Segments", ", ".join(line["name"] for line in found["segments"])),
        ("Personas", ", ".join(line["name"] for line in found["personas"])),
        ("Expected each month", _inflow(found["inflow"])),
        ("Runs out as it is", _runway(found["runway"].get("as_it_is"))),
        ("With the package", _runway(found["runway"].get("with_package"))),
        ("Made by", f"{found['made_by']}, on data of {_day(found['as_of'])}"),
    ]
    return {
        "id": found.get("id", ""),
        "name": found["name"],
        "lines": [line for line in package["lines"] if line["credits"]],
        "missing": package["missing"],
        "recommended": package["recommended"],
        "step": package["step"],
        "months": package["months"],
        "facts": [{"label": label, "value": value} for label, value in pairs if value],
    }  # fmt: skip


def _inflow(came: Mapping[str, Any]) -> str:
    if came["per_month"] is None:
        return str(came["why"])
    band = ""
    if came["low"] is not None and came["high"] is not None:
        band = f" ({came['low']:,.1f} to {came['high']:,.1f})"
    return f"{came['per_month']:,.1f} new{band}"


def _runway(told: Mapping[str, Any] | None) -> str:
    if told is None:
        return ""
    if told["runs_out_on"] is None:
        return str(told["why"])
    band = ""
    if told["days"] == 0:
        return "At once: who is wanted today is more than there is"
    if told["has_band"]:
        until = _day(told["latest"]) if told["latest"] else "later than two years"
        band = f", 80% range: {_day(told['earliest'])} to {until}"
    return f"{_day(told['runs_out_on'])}{band}"


def _day(text: str | None) -> str:
    return formats.day(date.fromisoformat(text[:10])) if text else formats.NOTHING


def _facts(found: Any, name: str = "") -> Iterator[dict[str, str]]:
    """Labels and values; what is inside another thing names both."""
    if isinstance(found, Mapping):
        for key, value in found.items():
            label = str(key).replace("_", " ")
            yield from _facts(value, f"{name}, {label}" if name else label.capitalize())
    elif isinstance(found, list) and any(isinstance(item, dict | list) for item in found):
        for number, item in enumerate(found, start=1):
            titled = isinstance(item, dict) and isinstance(item.get("name"), str)
            yield from _facts(item, f"{name}, {item['name'] if titled else number}")
    else:
        value = ", ".join(map(str, found)) if isinstance(found, list) else formats.num(found)
        yield {"label": name, "value": value}
