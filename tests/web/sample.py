"""What the gallery shows: one workspace on one day."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from django import forms

from rollcall.web import charts

NOW = datetime(2026, 11, 22, 9, 41, tzinfo=UTC)
TODAY = NOW.date()
SENIORITIES = [(name.lower(), name) for name in ("C-level", "VP", "Head", "Director", "Manager")]


class PersonaForm(forms.Form):
    name = forms.CharField(label="Name", help_text="How your team will recognise it.")
    titles = forms.CharField(label="Job titles")
    seniorities = forms.MultipleChoiceField(
        choices=SENIORITIES, widget=forms.CheckboxSelectMultiple, required=False
    )
    per_company = forms.IntegerField(label="Most per company", initial=3)
    stop_at = forms.IntegerField(label="Stop at", required=False)
    country = forms.ChoiceField(choices=[("gb", "United Kingdom"), ("de", "Germany")])
    keep_searching = forms.BooleanField(
        label="Keep searching as companies join", required=False, help_text="50 a day."
    )
    theme = forms.ChoiceField(choices=[("light", "Light"), ("dark", "Dark")], widget=forms.RadioSelect)
    notes = forms.CharField(widget=forms.Textarea, required=False)


def gallery() -> dict[str, Any]:
    form = PersonaForm(
        {"titles": "Revenue operations, GTM systems", "seniorities": ["vp", "head"], "per_company": 3}
    )
    return {
        "title": "UK fintech, tier 1",
        "shell": shell(),
        "form": form,
        "sort": "name",
        "tabs": [
            {"text": "Companies", "url": "#", "count": 412},
            {"text": "Contacts", "url": "#", "count": 1284, "current": True},
            {"text": "Personas", "url": "#", "count": 3},
            {"text": "Activity", "url": "#"},
        ],
        "people": people(),
        "grants": GRANTS,
        "grants_bar": charts.bar(
            name="grants", parts=[(g["name"], g["left"], g["tone"]) for g in GRANTS], held=1093
        ),
        "estimate_bar": charts.bar(
            name="estimate",
            parts=[("Already yours, free", 298, "ok"), ("Suppressed", 11, "off"), ("New", 654, "a")],
        ),
        "line": balance(),
        "periods": [{"text": "30 days", "url": "#"}, {"text": "90 days", "url": "#", "current": True}],
        "entries": entries(),
        "facts": [
            {"label": "Domain", "value": "acme.example"},
            {"label": "Run", "value": "run_4821", "mono": True},
        ],
    }


def shell(**changes: Any) -> dict[str, Any]:
    places = "home companies contacts personas runs segments new_segment settings help credits search account sign_out"
    names = {
        "UK fintech, tier 1": 412,
        "DACH payments": 268,
        "Nordics insurtech": 141,
        "Event: Money20/20": 96,
    }
    return {
        "workspace": {"name": "Meridian", "initial": "M"},
        "workspaces": [{"name": "Meridian", "url": "/m", "current": True}, {"name": "Second", "url": "/s"}],
        "nav": "segments",
        "urls": {place: f"/{place}" for place in places.split()},
        "segments": [
            {"name": name, "url": f"/segments/{index}", "count": count, "hue": [1, 4, 6, 9][index]}
            for index, (name, count) in enumerate(names.items())
        ],
        "counts": {"companies": 8412, "contacts": 24118, "running": 1},
        "credits": {
            "available": 15143,
            "held": 1093,
            "used_this_month": 7254,
            "next_expiry_amount": 1760,
            "next_expiry_date": date(2026, 12, 31),
            "runs_out": date(2027, 1, 6),
            "meter_percent": 27,
        },
        "user": {"name": "Maeve Nowak", "email": "maeve@meridian.example", "role": "owner", "theme": ""},
        "is_operator": False,
    } | changes


def people() -> list[dict[str, Any]]:
    names = "Nadia Fischer,Rosa Chen,Priya Torres,Felix Silva,Theo Banerjee,Kofi Schmidt,Yara Schmidt,Callum Castillo"
    names += ",Ines Schmidt,Dario Olsen,Hugo Achebe,Amara Lopes,Oskar Quinn,Petra Sato,Owen Zhang,Ivo Marsh"
    titles = [
        "Director of Marketing Operations and Enablement",
        "Head of RevOps",
        "VP Marketing",
        "Head of Growth",
    ]
    companies = ["Ivory Bank", "Birch Claims", "Lantern Data", "Hazel Pensions", "Juniper Markets"]
    return [
        {
            "id": f"con_{index}",
            "name": name,
            "title": titles[index % 4],
            "company": companies[index % 5],
            "persona": ["RevOps", "Demand gen"][index % 2],
            "email": f"{name[0]}.{name.split()[1]}@{companies[index % 5].replace(' ', '')}.example".lower(),
            "verified": index % 4 != 3,
            "left": index == 1,
            "free": index % 5 == 3,
            "seen": TODAY - timedelta(days=index % 3),
        }
        for index, name in enumerate(names.split(","))
    ]


def balance() -> charts.Line:
    first = TODAY - timedelta(days=90)
    value, days = 28200, []
    for index in range(91):
        day = first + timedelta(days=index)
        value += {49: 8000, 70: 9000}.get(index, 0) - (0 if day.weekday() > 4 else 330 + index * 37 % 240)
        days.append((day, value))
    left = days[-1][1]
    ahead = [
        charts.Ahead(TODAY + timedelta(days=n), *(max(left - n * use, 0) for use in (460, 360, 290)))
        for n in range(1, 70)
    ]
    return charts.balance_line(
        name="balance",
        balances=days,
        today=TODAY,
        grants=[(first + timedelta(days=49), 8000), (first + timedelta(days=70), 9000)],
        ahead=ahead,
        alert_at=5000,
        runs_out=TODAY + timedelta(days=left // 360),
        sentence="At about 480 credits per working day you reach the 5,000 alert on 23 Dec.",
    )


GRANTS: list[dict[str, Any]] = [
    {"name": "Pilot bonus", "kind": "Promotional", "amount": 9000, "used": 7240, "left": 1760, "tone": "a"},
    {
        "name": "Annual package 2026/27",
        "kind": "Package",
        "amount": 40000,
        "used": 33524,
        "left": 6476,
        "tone": "b",
    },
    {"name": "Q4 top-up", "kind": "Top-up", "amount": 8000, "used": 0, "left": 8000, "tone": "c"},
]
for _grant, _day, _document in zip(
    GRANTS,
    (date(2026, 12, 31), date(2027, 6, 30), date(2027, 10, 11)),
    ("GR-0031", "INV-2026-0114", "INV-2026-0187"),
    strict=True,
):
    _grant |= {"expires": _day, "document": _document}


def entries() -> list[dict[str, Any]]:
    terms = [
        {"sign": "", "amount": 212, "label": "people matched"},
        {"sign": "−", "amount": 66, "label": "already yours, free"},
        {"sign": "=", "amount": 146, "label": "new people, 1 credit each"},
    ]
    pairs = [
        {"label": "Taken from", "value": "Pilot bonus, 146"},
        {"label": "Estimate was", "value": "141 to 152"},
        {"label": "Started by", "value": "Theo Rahman, run 4817"},
        {"label": "Transaction", "value": "ent_90402", "mono": True},
        {"label": "", "value": "See the 146 contacts", "url": "#"},
    ]
    lines = [
        ("Hold", "lock", "Persona search: RevOps leaders", 0, {"held": 1093}),
        (
            "Charge",
            "arrow-up-right",
            "Persona search: Sales leadership",
            -146,
            {"terms": terms, "pairs": pairs},
        ),
        ("Refresh", "refresh-cw", "Nightly refresh", 0, {}),
        ("Refund", "undo-2", "Duplicate profiles merged", 4, {}),
        ("Grant", "plus", "Q4 top-up", 8000, {}),
    ]
    return [
        {
            "at": NOW - timedelta(hours=14 * index),
            "kind": kind,
            "icon": icon,
            "title": title,
            "about": "DACH payments. 3 companies joined",
            "who": "Theo Rahman",
            "amount": amount,
            "balance": 16236,
        }
        | more
        for index, (kind, icon, title, amount, more) in enumerate(lines)
    ]
