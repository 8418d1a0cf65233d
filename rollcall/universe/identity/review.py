"""Pairs of records that may be one person: somebody looks at them, and the next load does what they say.

A question is about two records, as sources call them, so that it outlives every change of ids; it is asked once.
"""

from collections.abc import Iterable
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc
from django.db.models import QuerySet

from rollcall.core import ids, paging, transactions
from rollcall.core.errors import Invalid, NotFound
from rollcall.universe import records, versions
from rollcall.universe.columns import at
from rollcall.universe.identity.joining import DIFFERENT, DOUBTFUL, SAME, Decided
from rollcall.universe.models import IdentityQuestion
from rollcall.workspaces import access, audit
from rollcall.workspaces.access import Actor

State = IdentityQuestion.State
_BATCH = 1_000


class NoSuchQuestion(NotFound):
    """There is no question {id} about two people. See the list of those that are open."""


class BadAnswer(Invalid):
    """{answer!r} is no answer. Say same, different or later."""


class SameRecord(Invalid):
    """{record!r} cannot be compared with itself. Name two records."""


class NoSuchRecord(NotFound):
    """No source calls anybody {id} here. Write a record as `source:person`, as the explanation of a person shows it."""


def decided() -> list[Decided]:
    """What was decided so far, as loads apply it."""
    rows = IdentityQuestion.objects.filter(state__in=[State.SAME, State.DIFFERENT]).order_by("id")
    return [
        Decided(row.left, row.right, row.state, f"{row.decided_by} said so: {row.why}"[:300]) for row in rows
    ]


def ask(*, version: int, now: datetime) -> int:
    """Put the doubtful pairs that this version tells of on the list; those asked before stay as they are."""
    folder = versions.path(version)
    found = records.read(folder, "matches")
    found = found.filter(pc.equal(found["verdict"], DOUBTFUL))
    if not found.num_rows:
        return 0
    keys = records.read(folder, "keys")
    own = keys.filter(pc.equal(keys["kind"], "profile")).combine_chunks()
    numbers = {side: at(own["id"], found[side], own["key"]).to_pylist() for side in ("left", "right")}
    answered = _answered(own)
    rows = []
    for match, one, other in zip(found.to_pylist(), numbers["left"], numbers["right"], strict=True):
        if one is None or other is None or one == other or frozenset((one, other)) in answered:
            continue
        left, right = sorted((match["left"], match["right"]))
        told = {"probability": match["probability"], "why": match["why"][:500], "version": match["version"]}
        rows.append(IdentityQuestion(left=left, right=right, asked_at=now, **told))
    before = IdentityQuestion.objects.count()
    transactions.run(
        lambda: IdentityQuestion.objects.bulk_create(rows, ignore_conflicts=True, batch_size=_BATCH)
    )
    return IdentityQuestion.objects.count() - before


def _answered(own: pa.Table) -> set[frozenset[int]]:
    """Pairs of people about whom somebody decided already, by whichever of their records."""
    done = list(
        IdentityQuestion.objects.filter(state__in=[State.SAME, State.DIFFERENT]).values_list("left", "right")
    )
    names = pa.array(sorted({name for pair in done for name in pair}), pa.string())
    known = dict(zip(names.to_pylist(), at(own["id"], names, own["key"]).to_pylist(), strict=True))
    return {frozenset((known[left], known[right])) for left, right in done}


def list_(
    *, state: str = State.OPEN, cursor: str | None = None, limit: int = 50
) -> paging.Page[IdentityQuestion]:
    """Questions in one state, the newest first."""
    return paging.page(_in_state(state), order=["-id"], cursor=cursor, limit=limit)


def count(*, state: str = State.OPEN) -> int:
    return _in_state(state).count()


def _in_state(state: str) -> "QuerySet[IdentityQuestion]":
    if state not in State.values:
        raise BadAnswer(answer=state[:20])
    return IdentityQuestion.objects.filter(state=state)


def get(*, question_id: int) -> IdentityQuestion:
    """
    Raises:
        NoSuchQuestion
    """
    found = IdentityQuestion.objects.filter(pk=question_id).first()
    if found is None:
        raise NoSuchQuestion(id=str(question_id))
    return found


def decide(*, question_id: int, answer: str, actor: Actor, now: datetime) -> IdentityQuestion:
    """Same, different, or later. It can be changed; the next load does what is said then.

    Raises:
        NotAnOperator, NoSuchQuestion, BadAnswer
    """
    if not actor.is_operator:
        raise access.NotAnOperator()
    if answer not in (SAME, DIFFERENT, State.LATER):
        raise BadAnswer(answer=answer[:20])

    def work() -> None:
        told = {"state": answer, "decided_by": actor.label[:160], "decided_at": now}
        if not IdentityQuestion.objects.filter(pk=question_id).update(**told):
            raise NoSuchQuestion(id=str(question_id))
        target = ids.public("idq", question_id)
        detail = {"answer": str(answer)}
        audit.write(
            workspace=None, actor=actor, action="identity.decide", target=target, now=now, detail=detail
        )

    transactions.run(work)
    return get(question_id=question_id)


def say(*, left: str, right: str, answer: str, why: str, actor: Actor, now: datetime) -> IdentityQuestion:
    """Decide about two records that nobody asked about: a merger that was missed, or one that was wrong.

    Raises:
        NotAnOperator, SameRecord, NoSuchRecord, BadAnswer
    """
    if not actor.is_operator:
        raise access.NotAnOperator()
    if left == right:
        raise SameRecord(record=left[:80])
    one, other = sorted((left, right))
    _must_be_known(one, other)
    told = {"probability": 0.5, "why": why[:500], "version": versions.current() or 0, "asked_at": now}
    asked, _ = IdentityQuestion.objects.get_or_create(left=one, right=other, defaults=told)
    return decide(question_id=asked.pk, answer=answer, actor=actor, now=now)


def _must_be_known(*names: str) -> None:
    number = versions.current()
    wanted = [("kind", "=", "profile"), ("key", "in", list(names))]
    known = (
        set()
        if number is None
        else set(records.read(versions.path(number), "keys", filters=wanted)["key"].to_pylist())
    )
    for name in names:
        if name not in known:
            raise NoSuchRecord(id=name[:80])


def forget(*, names: Iterable[str]) -> int:
    """Questions about records of erased people go: they say who the person was."""
    found = sorted(set(names))
    gone = 0
    for start in range(0, len(found), _BATCH):
        some = found[start : start + _BATCH]
        for side in ("left__in", "right__in"):
            gone += IdentityQuestion.objects.filter(**{side: some}).delete()[0]
    return gone
