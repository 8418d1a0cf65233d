"""The chain over a workspace's entries: each sealed once, hashed with the link before; checkpoints prove it later."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import structlog
from django.db import connection
from django.db.models import Exists, OuterRef

from rollcall.core import faults, ids, jobs, rows, transactions
from rollcall.core.errors import Invalid
from rollcall.credits import rereading
from rollcall.credits.models import Entry, Seal
from rollcall.workspaces.models import Workspace

log = structlog.get_logger(__name__)
SEALED = faults.declare("credits.seal.posted", "links of the chain are written, not yet committed")
BATCH = 1_000
BAD_MAX = 5
START = "0" * 64
# An entry with a smaller id may commit after one with a greater: no highest id is ever trusted. Most sweeps look at
# the newest entries only, and the first of each process, and one an hour, at all of them.
RECENT = 20_000
WHOLE_EVERY = timedelta(hours=1)
_UNSEALED = """
SELECT e.id, e.workspace_id FROM credits_entry e
WHERE e.id > %s AND NOT EXISTS (
  SELECT 1 FROM credits_seal s WHERE s.workspace_id = e.workspace_id AND s.entry_id = e.id)
ORDER BY e.id LIMIT %s
"""
_COUNTS = """
SELECT (SELECT count(*) FROM credits_seal WHERE workspace_id = %s),
       (SELECT count(*) FROM credits_entry e WHERE e.workspace_id = %s AND NOT EXISTS (
          SELECT 1 FROM credits_seal s WHERE s.workspace_id = e.workspace_id AND s.entry_id = e.id))
"""


class CheckpointWrong(Invalid):
    """This is no checkpoint of the workspace {workspace}: {problem}. Give the file as it was exported."""


class _TakenOver(Exception):
    """Another process sealed the same entries at the same moment."""


@dataclass(frozen=True)
class Answer:
    """Whether the chain still contains a checkpoint, in words; `bad` names the first links that do not fit."""

    ok: bool
    words: str
    bad: list[str]


@jobs.sweep("credits.seal", rest_seconds=5)
def sweep(*, now: datetime) -> int:
    """Seal what is not sealed yet, in all workspaces; returns how many entries that were."""
    whole = _whole.due(now)
    newest = Entry.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    after, sealed = (0 if whole else newest - RECENT), 0
    while found := _unsealed(after):
        after = found[-1][0]
        for workspace_id in sorted({of for _, of in found}):
            sealed += _seal(workspace_id, [number for number, of in found if of == workspace_id], now)
    if whole:
        _whole.done_at = now
    return sealed


def checkpoint(*, workspace: Workspace, now: datetime) -> dict[str, Any]:
    """The chain's last link: who keeps it elsewhere can show later that nothing up to it was changed."""
    head = Seal.objects.filter(workspace=workspace).order_by("-number").first()
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS, [workspace.pk, workspace.pk])
        sealed, unsealed = cursor.fetchone()
    return {
        "workspace": ids.public("ws", workspace.pk),
        "number": head.number if head else 0,
        "entry": ids.public("ent", head.entry_id) if head else None,
        "hash": head.chain_hash if head else START,
        "at": now.astimezone(UTC).isoformat(),
        "sealed": sealed,
        "unsealed": unsealed,
    }


def check(*, workspace: Workspace, checkpoint: dict[str, Any]) -> Answer:
    """Whether the chain still contains the checkpoint, and every entry sealed up to it is as it was.

    Raises:
        CheckpointWrong: it is of another workspace, or no checkpoint at all.
    """
    number, hash_ = _read(workspace, checkpoint)
    found = [*islice(broken_links(workspace=workspace, upto=number), BAD_MAX)]
    found += islice(changed(workspace=workspace, upto=number), BAD_MAX)
    bad = [words for _, words in sorted(found)][:BAD_MAX]
    there = Seal.objects.filter(workspace=workspace, number=number).first()
    if not bad and there is not None and there.chain_hash != hash_:
        entry = ids.public("ent", there.entry_id)
        bad = [
            f"link {number} ({entry}): it is not the one that the checkpoint saw: the chain was written anew"
        ]
    if bad:
        return Answer(False, f"The chain does not contain this checkpoint. First: {bad[0]}.", bad)
    return Answer(
        True, f"The chain contains this checkpoint: all {number:,} entries up to it are as they were.", []
    )


def broken_links(*, workspace: Workspace, upto: int | None = None) -> Iterator[tuple[int, str]]:
    """(number, sentence) of each link that does not follow from the one before, or whose entry is not there."""
    of_entry = Entry.objects.filter(workspace=workspace, pk=OuterRef("entry_id"))
    links = Seal.objects.filter(workspace=workspace).annotate(has_entry=Exists(of_entry))
    links = links if upto is None else links.filter(number__lte=upto)
    previous, number = START, 0
    while found := list(links.filter(number__gt=number).order_by("number")[:BATCH]):
        for seal in found:
            if seal.number != number + 1:
                yield seal.number, f"{_said(seal.number, seal.entry_id)}: the link before it is missing"
            elif link(previous, seal) != seal.chain_hash:
                yield seal.number, f"{_said(seal.number, seal.entry_id)}: it is not what its hash says"
            if not seal.has_entry:
                yield seal.number, f"{_said(seal.number, seal.entry_id)}: its entry is not there"
            previous, number = seal.chain_hash, seal.number
    if upto is not None and number < upto:
        yield number + 1, f"link {number + 1}: it is missing, with all after it up to {upto}"


def changed(*, workspace: Workspace | None, upto: int | None = None) -> Iterator[tuple[int, str]]:
    """(link number, sentence) of each entry that is not what its digest or its seal says.

    Args:
        upto: only entries sealed by links up to this number; None: all, those not sealed yet with number 0.
    """
    for reread in rereading.every(workspace=workspace):
        if (
            reread.fits
            or reread.is_older
            or (upto is not None and (reread.link is None or reread.link > upto))
        ):
            continue
        what = f"{ids.public('ent', reread.entry_id)}: it, a leg of it or one of its people"
        if reread.kept is None:
            yield reread.link or 0, f"{what} cannot be proved, it has lost its digest"
        elif reread.kept != reread.now:
            yield reread.link or 0, f"{what} is not what its digest says"
        else:
            yield reread.link or 0, f"{what} is not what was sealed"


def link(previous: str, seal: Seal) -> str:
    """The hash of a link: over the hash before it and everything that the link says."""
    at = seal.sealed_at.astimezone(UTC).isoformat(timespec="microseconds")
    said = (previous, seal.workspace_id, seal.number, seal.entry_id, seal.digest, at)
    return hashlib.sha256("|".join(map(str, said)).encode()).hexdigest()


@dataclass
class _Whole:
    """When this process last looked at all entries."""

    done_at: datetime | None = None

    def due(self, now: datetime) -> bool:
        return self.done_at is None or not timedelta(0) <= now - self.done_at < WHOLE_EVERY


_whole = _Whole()


def _said(number: int, entry_id: int) -> str:
    return f"link {number} ({ids.public('ent', entry_id)})"


def _unsealed(after: int) -> list[tuple[int, int]]:
    with connection.cursor() as cursor:
        cursor.execute(_UNSEALED, [after, BATCH])
        found: list[tuple[int, int]] = cursor.fetchall()
        return found


def _seal(workspace_id: int, entry_ids: Sequence[int], now: datetime) -> int:
    """Seal those of the entries that are still what their digests say; the proof names the others."""
    found = list(rereading.every(workspace=None, among=entry_ids))
    for reread in found:
        if not reread.fits and not reread.is_older:
            log.error("an entry is not what its digest says, and is not sealed", entry_id=reread.entry_id)
    fitting = [reread for reread in found if reread.fits]
    try:
        return transactions.run(lambda: _link(workspace_id, fitting, now)) if fitting else 0
    except _TakenOver:
        return 0


def _link(workspace_id: int, fitting: Sequence[rereading.Reread], now: datetime) -> int:
    """Add a link for each; the unique keys (workspace, number) and (workspace, entry) let one sealer through."""
    head = Seal.objects.filter(workspace_id=workspace_id).order_by("-number").first()
    previous, number = (head.chain_hash, head.number) if head else (START, 0)
    made = []
    for reread in fitting:
        number += 1
        seal = Seal(
            workspace_id=workspace_id,
            number=number,
            entry_id=reread.entry_id,
            digest=reread.now,
            sealed_at=now,
        )
        seal.chain_hash = previous = link(previous, seal)
        made.append(seal)
    names = ("number", "entry_id", "digest", "chain_hash")
    written = rows.insert(
        Seal,
        {name: [getattr(seal, name) for seal in made] for name in names},
        constants={"workspace_id": workspace_id, "sealed_at": now},
        ignore_conflicts=True,
        returning=["number"],
    )
    if len(written) != len(made):
        raise _TakenOver
    faults.point(SEALED)
    return len(made)


def _read(workspace: Workspace, checkpoint: dict[str, Any]) -> tuple[int, str]:
    mine = ids.public("ws", workspace.pk)
    number, hash_, of = checkpoint.get("number"), checkpoint.get("hash"), checkpoint.get("workspace")
    if of != mine:
        raise CheckpointWrong(workspace=mine, problem=f"it is of {str(of)[:40]}")
    if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number <= ids.INT64_MAX:
        raise CheckpointWrong(workspace=mine, problem="its number is no whole number from 0")
    if not isinstance(hash_, str) or len(hash_) != 64:
        raise CheckpointWrong(workspace=mine, problem="its hash has not 64 characters")
    if number == 0 and hash_ != START:
        raise CheckpointWrong(workspace=mine, problem="an empty chain has no such hash")
    return number, hash_
