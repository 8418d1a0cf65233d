"""What credits were used for, and the statement of each month: pages, and files to take away (C9)."""

from datetime import date, datetime
from itertools import islice
from typing import Any

from django.http import HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path

from rollcall.core import clock
from rollcall.core.paging import Page
from rollcall.credits import ledger, months, statement_files, statements, usage
from rollcall.credits.ledger import LedgerRow
from rollcall.credits.months import Period
from rollcall.credits.statements import MonthLine
from rollcall.credits.usage import UsageRow
from rollcall.delivery.destinations.csv_file import export
from rollcall.web import charts, formats, listing, pages, stacks
from rollcall.web.pages import PageRequest
from rollcall.web.views.ledger import csv_answer, row

BY = {
    "segment": "Segment", "persona": "Persona", "member": "Member", "key": "API key", "automation": "Automation",
    "month": "Month",
}  # fmt: skip
_MONTHS_SHOWN = 12
# A page of so many entries is still drawn and printed; the CSV has all of any month.
PRINTED_MAX = 5_000
# Under which name the ledger is narrowed to a subject.
_LEDGER = {"segment": "segment", "member": "who", "key": "who", "automation": "automation"}


@pages.page("credits.see")
def usage_(request: PageRequest) -> HttpResponse:
    """Who and what used the credits of a year, a month or any days; the rows add up to the ledger."""
    request.nav = "credits"
    by, period = _asked(request)
    rows = usage.by(workspace=request.workspace, dimension=by, since=period.since, until=period.until)
    charged, refunded = usage.total(rows)
    listed = statements.list_(workspace=request.workspace, now=clock.now())
    stack = _stack(request, by, listed)
    context = {
        "title": "Usage",
        "by": by,
        "head": BY[by],
        "rows": [_used(request, by, one, charged, stack) for one in rows],
        "charged": charged,
        "refunded": refunded,
        "net": charged - refunded,
        "dimensions": [
            listing.Link(text, listing.link(request, by=key), key == by) for key, text in BY.items()
        ],
        "times": _times(request, listed),
        "stack": stack,
    }
    return render(request, "credits/usage.html", context)


@pages.page("credits.see")
def usage_csv(request: PageRequest) -> StreamingHttpResponse:
    """The same rows as CSV."""
    by, period = _asked(request)
    rows = usage.by(workspace=request.workspace, dimension=by, since=period.since, until=period.until)
    return csv_answer(
        f"usage-by-{by}-{request.workspace.slug}", export.text(statement_files.usage_rows(rows))
    )


@pages.page("credits.see")
def list_(request: PageRequest) -> HttpResponse:
    """Every month since the first entry, with its balance at both ends."""
    request.nav = "credits"
    listed = statements.list_(workspace=request.workspace, now=clock.now())
    context = {
        "title": "Statements",
        "lines": [_line(request, line) for line in listed],
        "stack": _stack(request, "segment", listed),
    }
    return render(request, "credits/statements.html", context)


@pages.page("credits.see")
def statement(request: PageRequest, month: str) -> HttpResponse:
    """One month, from the opening to the closing balance, and every entry in between."""
    request.nav = "credits"
    now = clock.now()
    made = statements.of(workspace=request.workspace, month=months.parse(month), now=now)
    whole = request.GET.get("rows") == "all"
    page = _whole(request, made.period) if whole else ledger.page(
        workspace=request.workspace, now=now, cursor=listing.cursor(request),
        since=made.period.since, until=made.period.until,
    )  # fmt: skip
    used = {moved.kind: moved.amount for moved in made.movements}
    net, arrived = -used.get("charge", 0) - used.get("refund", 0), used.get("grant", 0)
    context = {
        "title": f"{made.month:%B %Y}",
        "statement": made,
        "month": month,
        "net": net,
        "arrived": arrived,
        "other": made.closing - made.opening - arrived + net,
        "grants": [_grant(line) for line in made.grants],
        "tables": [_table(request, by, rows, month) for by, rows in made.usage.items() if _is_told(rows)],
        "rows": [row(found) for found in page.items],
        "is_whole": whole,
        "printed_max": PRINTED_MAX,
        "last_day": formats.day(made.period.until and _day_before(made.period.until)),
    }
    context |= listing.place(request, page, total=None)
    return listing.answer(request, "credits/statement.html", "credits/ledger_rows.html", context)


def _whole(request: PageRequest, period: Period) -> Page[LedgerRow]:
    """The month's entries as a printed statement has them: from the first on."""
    every = ledger.oldest_first(workspace=request.workspace, since=period.since, until=period.until)
    return Page([LedgerRow(*found) for found in islice(every, PRINTED_MAX)], next_cursor=None)


@pages.page("credits.see")
def statement_csv(request: PageRequest, month: str) -> StreamingHttpResponse:
    """The statement with all its entries as CSV, streamed."""
    made = statements.of(workspace=request.workspace, month=months.parse(month), now=clock.now())
    rows = statement_files.csv_rows(workspace=request.workspace, statement=made)
    return csv_answer(f"statement-{month}-{request.workspace.slug}", export.text(rows))


@pages.page("credits.see")
def statement_json(request: PageRequest, month: str) -> JsonResponse:
    """The statement as JSON."""
    made = statements.of(workspace=request.workspace, month=months.parse(month), now=clock.now())
    answer = JsonResponse(statement_files.document(statement=made))
    answer["Content-Disposition"] = f'attachment; filename="statement-{month}-{request.workspace.slug}.json"'
    return answer


def _asked(request: PageRequest) -> tuple[str, Period]:
    """
    Raises:
        UnknownDimension, BadMonth, BadDay, BadPeriod
    """
    asked = request.GET
    period = months.asked(
        workspace=request.workspace,
        month=asked.get("month") or None,
        since=months.parse_day(asked.get("since", "")),
        until=months.parse_day(asked.get("until", "")),
    )
    by = asked.get("by") or "segment"
    if by not in usage.DIMENSIONS:
        raise usage.UnknownDimension(by=by[:40], allowed=", ".join(usage.DIMENSIONS))
    return by, period


def _times(request: PageRequest, listed: list[MonthLine]) -> list[listing.Link]:
    chosen = request.GET.get("month") or ""
    none = not chosen and not request.GET.get("since") and not request.GET.get("until")
    clear: dict[str, Any] = {"since": None, "until": None}
    links = [listing.Link("All time", listing.link(request, month=None, **clear), none)]
    for line in listed:
        written = months.written(line.month)
        address = listing.link(request, month=written, **clear)
        links.append(listing.Link(f"{line.month:%B %Y}", address, written == chosen))
    return links


def _stack(request: PageRequest, by: str, listed: list[MonthLine]) -> stacks.Stack | None:
    """What was charged in each of the last months, by the largest; by month alone it is by segment."""
    shown = [line.month for line in listed[:_MONTHS_SHOWN]][::-1]
    if not shown:
        return None
    dimension = "segment" if by == "month" else by
    found = usage.over_months(workspace=request.workspace, dimension=dimension, of=shown)
    amounts = [_by_label(rows) for rows in found]
    return stacks.of(name="used", labels=[f"{month:%b %Y}" for month in shown], amounts=amounts)


def _by_label(rows: list[UsageRow]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for one in rows:
        sums[one.label] = sums.get(one.label, 0) + one.charged
    return sums


def _used(
    request: PageRequest, by: str, one: UsageRow, charged: int, stack: stacks.Stack | None
) -> dict[str, Any]:
    """A row, in the colour that it has in the chart."""
    tone = stack.tone(one.label) if stack is not None and by != "month" else charts.TONES[0]
    return {
        "row": one,
        "url": _url(request, by, one),
        "share": one.charged,
        "whole": charged or 1,
        "tone": tone,
    }


def _url(request: PageRequest, by: str, one: UsageRow) -> str:
    """To the entries of the subject in the same time, or to the statement of the month."""
    if by == "month":
        return pages.url(request, "credits_statement", month=one.subject)
    if by not in _LEDGER or not one.subject:
        return ""
    kept = {name: request.GET[name] for name in ("month", "since", "until") if request.GET.get(name)}
    query = listing.link(_empty(request), **{_LEDGER[by]: one.subject, **kept})
    return pages.url(request, "credits_ledger") + query


def _empty(request: PageRequest) -> Any:
    query = request.GET.copy()
    query.clear()
    return query


def _line(request: PageRequest, line: MonthLine) -> dict[str, Any]:
    moved = line.moved
    rest = sum(amount for kind, amount in moved.items() if kind not in ("grant", "charge", "refund"))
    written = months.written(line.month)
    return {
        "line": line,
        "name": f"{line.month:%B %Y}",
        "url": pages.url(request, "credits_statement", month=written),
        "granted": moved.get("grant", 0),
        "charged": moved.get("charge", 0),
        "refunded": moved.get("refund", 0),
        "rest": rest,
    }


def _grant(line: statements.GrantLine) -> dict[str, Any]:
    moved = dict(line.moved)
    shown = [moved.pop(kind, 0) for kind in ("grant", "charge", "refund")]
    return {"line": line, "amounts": [*shown, sum(moved.values())]}


def _table(request: PageRequest, by: str, rows: list[UsageRow], month: str) -> dict[str, Any]:
    parts = sorted(
        ((one.label, one.charged, "") for one in rows if one.charged > 0), key=lambda part: -part[1]
    )
    return {
        "by": by,
        "head": BY[by],
        "rows": [{"row": one, "tone": tone} for one, tone in zip(rows, _tones(parts, rows), strict=True)],
        "bar": _bar(by, parts) if len(parts) > 1 else None,
        "url": f"{pages.url(request, 'credits_usage')}?by={by}&month={month}",
    }


def _tones(parts: list[tuple[str, int, str]], rows: list[UsageRow]) -> list[str]:
    """The colour of each row: that of its part of the bar."""
    known = dict(zip([label for label, _, _ in parts], charts.TONES, strict=False))
    return [known.get(one.label, stacks.OTHERS) for one in rows]


def _bar(by: str, parts: list[tuple[str, int, str]]) -> charts.Bar:
    """The three largest in colours of their own, the rest together."""
    large, small = parts[: len(charts.TONES)], parts[len(charts.TONES) :]
    if small:
        rest = (f"{formats.num(len(small))} more", sum(amount for _, amount, _ in small), stacks.OTHERS)
        large = [*large, rest]
    return charts.bar(name=f"used-{by}", parts=large)


def _is_told(rows: list[UsageRow]) -> bool:
    """A table of nothing but "not by an API key" says nothing."""
    return any(one.subject for one in rows)


def _day_before(at: datetime) -> date:
    return (at - (at.resolution)).date()


urls: list[URLPattern] = [
    path("credits/usage", usage_, name="credits_usage"),
    path("credits/usage.csv", usage_csv, name="usage_csv"),
    path("credits/statements", list_, name="credits_statements"),
    path("credits/statements/<str:month>", statement, name="credits_statement"),
    path("credits/statements/<str:month>/statement.csv", statement_csv, name="statement_csv"),
    path("credits/statements/<str:month>/statement.json", statement_json, name="statement_json"),
]
