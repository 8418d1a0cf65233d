"""providers: what HTTP providers there are, what a search would cost, buying within a cap, and the call ledger."""

import csv
import json
import sys
import uuid
from dataclasses import asdict
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rollcall.core.errors import Invalid
from rollcall.server import console, installation

if TYPE_CHECKING:
    from rollcall.universe.providers import Report
    from rollcall.universe.providers.source import Source
    from rollcall.universe.providers.walking import Ask

QUERY_BYTES_MAX = 1_000_000
providers = typer.Typer(help="Buy people and companies from HTTP providers.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="Name of the provider, such as people_data_labs.")]
Json = Annotated[bool, typer.Option("--json", help="JSON instead of text.")]


class QueryUnreadable(Invalid):
    """The query cannot be read: {reason}. Give JSON, or the path of a file that holds it."""


class BadCost(Invalid):
    """{text!r} is no cost. Write a number of the provider's credits, such as 500 or 12.5."""


class NotAllGood(Invalid):
    """{count} of these are not as they should be; the lines above say which."""


@providers.command("list")
def list_providers(as_json: Json = False) -> None:
    """The providers that can be asked, with what an answer costs there."""
    installation.connect()
    from rollcall.universe.providers import keys, registry

    rows = [
        {"provider": known.about.name, "endpoint": endpoint.name, "tells_of": endpoint.tells,
         "cost_per_record": str(endpoint.cost.per_record), "cost_per_call": str(endpoint.cost.per_call),
         "page": endpoint.paging.size,
         "limits": ", ".join(f"{limit.calls} in {limit.seconds} s" for limit in known.limits(endpoint)),
         "has_key": keys.is_there(known)}
        for known in registry.list_() for endpoint in known.about.endpoints
    ]  # fmt: skip
    console.show(rows, as_json=as_json)


@providers.command("key")
def set_key(
    name: Name, remove: Annotated[bool, typer.Option("--remove", help="Forget the stored key.")] = False
) -> None:
    """Store a provider's key, sealed; it is asked for, or read from standard input."""
    installation.connect()
    from rollcall.core import clock
    from rollcall.universe.providers import keys, registry

    known = registry.get(name)
    if remove:
        text = ""
    elif sys.stdin.isatty():
        text = str(typer.prompt(f"Key for {known.about.title}", hide_input=True))
    else:
        text = sys.stdin.readline(1_000).strip() or " "
    keys.put(known=known, key=text, now=clock.now())
    console.step(f"The key for {known.about.title} is {'forgotten' if remove else 'stored'}.")


@providers.command("check")
def check(name: Name, as_json: Json = False) -> None:
    """Whether a provider can be asked, and whether all that was bought is there; asks nobody, costs nothing."""
    installation.connect()
    from rollcall.universe.providers import checking, registry

    facts = checking.check(known=registry.get(name))
    console.show_facts(asdict(facts), as_json=as_json)
    wrong = [facts.key != "there", facts.address != "can be called", facts.answers_missing > 0]
    if any(wrong):
        raise NotAllGood(count=sum(wrong))


@providers.command("search")
def search(
    name: Name,
    query: Annotated[str, typer.Option(help="The provider's own query: JSON, or a file with it.")],
    endpoint: Annotated[str | None, typer.Option(help="Which endpoint; else the provider's first.")] = None,
    max_pages: Annotated[
        int | None, typer.Option(min=0, help="Pages at most, with those bought before.")
    ] = None,
    max_cost: Annotated[str | None, typer.Option(help="The provider's credits at most, in all.")] = None,
    page_size: Annotated[
        int | None, typer.Option(min=1, help="Records a page; else as many as it gives.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what it may cost.")] = False,
    anew: Annotated[bool, typer.Option("--anew", help="Buy again what is bought and fresh.")] = False,
    load: Annotated[
        bool, typer.Option("--load", help="Then load what was bought into the universe.")
    ] = False,
    lawful_basis: Annotated[str, typer.Option(help="On which lawful basis it is held; with --load.")] = "",
    rejected: Annotated[
        Path | None, typer.Option(help="Write what could not be used to this CSV file.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Buy what a query finds, within a cap; told again, it goes on where it stopped and buys nothing twice."""
    installation.connect()
    from rollcall.core import clock
    from rollcall.universe import ingest
    from rollcall.universe import providers as buying
    from rollcall.universe.providers import registry
    from rollcall.universe.providers.walking import Ask, Caps

    known = registry.get(name)
    cap = Caps(pages=max_pages, cost=_cost(max_cost))
    ask = Ask(known, known.endpoint(endpoint), _query(query), cap, page_size)
    told = asdict(buying.quote(ask=ask, now=clock.now(), is_anew=anew))
    if dry_run:
        console.show_facts(told, as_json=as_json)
        return
    if not as_json:
        _tell_cost(told)
    report = buying.search(ask=ask, is_anew=anew)
    facts: dict[str, Any] = asdict(report)
    if report.pages and (load or rejected):
        source = buying.Source(
            known, ask.query, endpoint=ask.endpoint.name, lawful_basis=lawful_basis, as_of=clock.now().date()
        )
        facts |= {"positions": source.roster().num_rows, "refused_records": source.refused}
        if rejected:
            _write_rejected(source, rejected)
        if load and source.roster().num_rows:
            facts["loaded_as_version"] = ingest.load(source=source, now=clock.now()).version
    console.show_facts(facts, as_json=as_json)
    _end(report, ask)


@providers.command("order")
def order(
    name: Name,
    query: Annotated[
        str, typer.Option(help='The query; of a lookup in bulk {"subjects": […]}, or {} for all known.')
    ],
    endpoint: Annotated[str | None, typer.Option(help="Which endpoint; else the provider's first.")] = None,
    max_pages: Annotated[int | None, typer.Option(min=0, help="Pages, or calls, at most.")] = None,
    max_cost: Annotated[str | None, typer.Option(help="The provider's credits at most, in all.")] = None,
    load: Annotated[bool, typer.Option("--load/--no-load", help="Then load it into the universe.")] = True,
    lawful_basis: Annotated[str, typer.Option(help="On which lawful basis it is held.")] = "",
    as_json: Json = False,
) -> None:
    """Leave it to the workers: they buy within the cap, wait as the limits ask, and load what was bought."""
    installation.connect()
    from rollcall.core import clock
    from rollcall.server import acting
    from rollcall.universe.providers import orders, registry
    from rollcall.universe.providers.walking import Caps

    known = registry.get(name)
    made = orders.place(
        known=known,
        endpoint=known.endpoint(endpoint),
        query=_query(query),
        caps=Caps(pages=max_pages, cost=_cost(max_cost)),
        is_to_load=load,
        lawful_basis=lawful_basis,
        key=f"command:{uuid.uuid4()}",
        actor=acting.operator(),
        now=clock.now(),
    )
    console.show_facts(orders.fact_row(made), as_json=as_json)


@providers.command("orders")
def list_orders(
    limit: Annotated[int, typer.Option(min=1, max=500, help="Rows at most.")] = 50, as_json: Json = False
) -> None:
    """What was ordered, how far it is, and what it cost; newest first."""
    installation.connect()
    from rollcall.universe.providers import orders

    rows = [orders.fact_row(made) for made in orders.list_(limit=limit).items]
    console.show(rows, as_json=as_json, empty="Nothing was ordered yet.")


@providers.command("calls")
def calls(
    provider: Annotated[str | None, typer.Option(help="Of this provider only.")] = None,
    walk: Annotated[int | None, typer.Option(help="Of this search only, call by call.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="Rows at most.")] = 50,
    as_json: Json = False,
) -> None:
    """The call ledger: what was asked, what it cost, and what was maybe bought; newest first."""
    installation.connect()
    from rollcall.universe.providers import checking

    rows = (
        checking.attempt_rows(walk=walk, limit=limit)
        if walk is not None
        else checking.walk_rows(provider=provider, limit=limit)
    )
    console.show(rows, as_json=as_json, empty="Nothing was asked yet.")


@providers.command("clear")
def clear(
    older_than: Annotated[int, typer.Option(min=0, help="Days since a search was last fresh.")],
    as_json: Json = False,
) -> None:
    """Delete kept answers, which hold people's data; what was asked and paid stays in the ledger."""
    installation.connect()
    from rollcall.core import clock
    from rollcall.universe.providers import checking

    facts = checking.clear(older_than_days=older_than, now=clock.now())
    console.show_facts(asdict(facts), as_json=as_json)


def _query(text: str) -> dict[str, Any]:
    path = Path(text)
    try:
        if not text.lstrip().startswith(("{", "[")) and path.is_file():
            with path.open(encoding="utf-8-sig") as file:
                text = file.read(QUERY_BYTES_MAX)
        found = json.loads(text)
    except (ValueError, RecursionError, OSError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is neither JSON nor a file"
        raise QueryUnreadable(reason=reason) from None
    if not isinstance(found, dict):
        raise QueryUnreadable(reason="it is JSON, but no object")
    return found


def _cost(text: str | None) -> Decimal | None:
    if text is None:
        return None
    try:
        cost = Decimal(text)
    except InvalidOperation:
        raise BadCost(text=text[:40]) from None
    if not cost.is_finite() or not 0 <= cost <= 10**9 or cost != round(cost, 4):
        raise BadCost(text=text[:40])
    return cost


def _tell_cost(told: dict[str, Any]) -> None:
    most = told["cost_more_at_most"]
    so_far = (
        f"{told['pages_bought']} pages are bought already"
        if told["pages_bought"]
        else "nothing is bought yet"
    )
    console.step(
        f"{told['provider']} {told['endpoint']}: {so_far}; now at most {most} {told['credit']}s more."
    )


def _write_rejected(source: "Source", path: Path) -> None:
    from rollcall.core import cells

    table = source.problems()
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(table.column_names)
        for row in table.to_pylist():
            writer.writerow([cells.harmless("" if value is None else str(value)) for value in row.values()])


def _end(report: "Report", ask: "Ask") -> None:
    """A search that stopped before its end says so by its exit code, unless its cap was the reason."""
    reached = ask.caps.pages is not None and report.pages >= ask.caps.pages
    if report.state != "whole" and not reached and "cap of" not in report.why:
        console.err.print("It is not whole. The same command goes on from here.", style="yellow")
        raise SystemExit(7)
