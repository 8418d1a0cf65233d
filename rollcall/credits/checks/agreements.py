"""L17: each package request is what its thread says, the thread what the audit log says, its grant what was agreed."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from rollcall.core import ids
from rollcall.credits import steps, threads
from rollcall.credits.checks.asking import Rule
from rollcall.credits.models import Entry, PackageMessage, PackageRequest
from rollcall.workspaces.models import AuditEntry, Workspace

Kind = PackageMessage.Kind
# Of a request (workspace, req_…): the digest of each line that the audit log keeps.
_Witnesses = dict[tuple[int | None, str], dict[str, str]]
_QUOTED = {
    "quote_number": "quote_number",
    "quoted_credits": "credits",
    "quoted_price_minor": "price_minor",
    "quoted_currency": "currency",
}


def _unlike(workspace: Workspace | None) -> Iterator[str]:
    """Each request beside its thread, and each line of that beside its digest in the audit log."""
    witnesses = _witnesses(workspace)
    lines = _lines(workspace)
    asked_for = PackageRequest.objects.select_related("grant")
    asked_for = asked_for if workspace is None else asked_for.filter(workspace=workspace)
    for asked in asked_for.order_by("pk"):
        name, there = ids.public("req", asked.pk), lines.pop(asked.pk, [])
        kept = witnesses.pop((asked.workspace_id, name), None)
        if kept is None:
            yield f"{name}: the audit log knows nobody who sent it"
        elif kept:
            yield from _unkept(name, there, kept)
            yield from _row(name, asked, there)
    for request_id, there in sorted(lines.items()):
        name = ids.public("req", request_id)
        yield f"{ids.public('msg', there[0].pk)}: {name}, of which it is a line, is not there"
    for (_, name), kept in witnesses.items():
        if kept:
            yield f"{name}: it is not there, or of another workspace, and the audit log says that it was sent"


def _witnesses(workspace: Workspace | None) -> _Witnesses:
    found: _Witnesses = {}
    said = AuditEntry.objects.filter(action__startswith="packages.").order_by("pk")
    for entry in said if workspace is None else said.filter(workspace=workspace):
        kept = found.setdefault((entry.workspace_id, entry.target), {})
        if "line" in entry.detail:
            kept[entry.detail["line"]] = entry.detail["sha256"]
    return found


def _lines(workspace: Workspace | None) -> dict[int, list[PackageMessage]]:
    found: dict[int, list[PackageMessage]] = defaultdict(list)
    said = PackageMessage.objects.order_by("pk")
    for line in said if workspace is None else said.filter(request__workspace=workspace):
        found[line.request_id].append(line)
    return found


def _unkept(name: str, there: list[PackageMessage], kept: dict[str, str]) -> Iterator[str]:
    """Of a request that is older than these digests, lines without one are taken at their word."""
    is_whole = any(line.kind == Kind.SENT and ids.public("msg", line.pk) in kept for line in there)
    for line in there:
        said = threads.witness(line)
        sha256 = kept.pop(said["line"], None)
        if sha256 is None and is_whole:
            yield f"{said['line']} of {name}: the audit log knows nobody who wrote it"
        elif sha256 not in (None, said["sha256"]):
            yield f"{said['line']} of {name}: it is not what the audit log says that was written"
    for line_id in kept:
        yield f"{line_id} of {name}: it is not there, and the audit log says that it was written"


def _row(name: str, asked: PackageRequest, there: list[PackageMessage]) -> Iterator[str]:
    """The request's columns follow from its thread, and its grant's entry keeps what was accepted."""
    last = {line.kind: line for line in there if line.kind != Kind.MESSAGE}
    sent = last.get(Kind.SENT)
    if sent is None or "credits" not in sent.detail:
        return  # the thread itself is older than what its first line keeps now
    newest = max(last.values(), key=lambda line: line.pk)
    wrong = [] if steps.sent(asked) == sent.detail else ["wish"]
    by = (asked.actor, asked.actor_label, asked.note, asked.created_at)
    wrong += [] if by == (sent.actor, sent.actor_label, sent.body, sent.created_at) else ["sender"]
    wrong += [] if (asked.state, asked.updated_at) == (newest.kind, newest.created_at) else ["state"]
    wrong += [] if _quote(asked) == _quoted(last.get(Kind.QUOTED)) else ["quote"]
    granted = last.get(Kind.GRANTED)
    grant = asked.grant_id and ids.public("gra", asked.grant_id)
    wrong += [] if grant == (granted and granted.detail["grant"]) else ["grant"]
    if wrong:
        yield f"{name}: its {', '.join(wrong)} is not what its thread says"
    if granted is not None:
        yield from _given(name, asked, granted)


def _quote(asked: PackageRequest) -> dict[str, Any]:
    until, ends = asked.quote_valid_until, asked.quoted_expires_on
    return {
        **{kept: getattr(asked, column) for column, kept in _QUOTED.items()},
        "terms": asked.quoted_terms,
        "expires_on": ends and ends.isoformat(),
        "valid_until": until and until.isoformat(),
    }


def _quoted(line: PackageMessage | None) -> dict[str, Any]:
    if line is None:
        nothing = {"credits": None, "price_minor": None, "expires_on": None, "valid_until": None}
        return {"quote_number": 0, "currency": "", "terms": "", **nothing}
    return {**{name: value for name, value in line.detail.items() if name != "words"}, "terms": line.body}


def _given(name: str, asked: PackageRequest, granted: PackageMessage) -> Iterator[str]:
    entry = Entry.objects.filter(workspace=asked.workspace_id, key=f"request:{name}").first()
    if entry is None or entry.context.get("grant") != granted.detail["grant"]:
        yield f"{name}: no entry gave {granted.detail['grant']} for it"
    elif entry.context.get("agreed") != steps.agreed(asked):
        yield f"{name}: what was accepted is not what {ids.public('ent', entry.pk)} says was agreed"


def _older(workspace: Workspace | None) -> str:
    """How many requests cannot be proved, because nothing was kept of their lines when they were written."""
    older = sum(1 for kept in _witnesses(workspace).values() if not kept)
    return f"{older:,} package requests are older than the digests of their threads" if older else ""


RULES = (
    Rule("L17", "Each package request is what its thread, the audit log and its grant say", _unlike, _older),
)
