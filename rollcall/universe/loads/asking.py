"""What an operator does with a load: begin it, say what the columns mean, have it checked, load it, call it off."""

from datetime import date, datetime
from typing import Any

from django.db.models import F, Q, QuerySet

from rollcall.core import ids, paging, transactions
from rollcall.core.errors import Conflict, Invalid, NotFound
from rollcall.universe import ingest
from rollcall.universe.loads import allowed, uploads
from rollcall.universe.models import SourceLoad
from rollcall.universe.sources import files
from rollcall.universe.sources.files import Mapping
from rollcall.workspaces import access, audit
from rollcall.workspaces.access import Actor

State, Task, Kind = SourceLoad.State, SourceLoad.Task, SourceLoad.Place
# Its mapping can be said, or said anew.
MAPPABLE = (State.LOOKED, State.CHECKED, State.FAILED)
_NOTHING_YET: dict[str, Any] = {"problem": "", "attempts": 0, "phase": "", "rows_read": 0, "started_at": None}


class NoSuchLoad(NotFound):
    """There is no load {id}. See the list of loads."""


class NotNow(Conflict):
    """The load is {state} by now. Look at its page again."""


class TooLate(Conflict):
    """The load is being published and cannot be called off any more. Wait a moment for its end."""


class NothingChecked(Invalid):
    """No row of this file can be used with this mapping, so nothing can be loaded. Change the mapping or the file."""


def begin(*, kind: str, place: str, name: str, actor: Actor, now: datetime) -> SourceLoad:
    """A new load; a worker looks at the file first.

    Args:
        kind, place: an upload by its token, something in the inbox, or the address of a store.

    Raises:
        NotAnOperator; what `allowed.path` raises.
    """
    _must_be_operator(actor)
    allowed.path(kind, place)

    def work() -> SourceLoad:
        load = SourceLoad.objects.create(
            place_kind=kind,
            place=place,
            name=name[:200],
            actor=actor.ref,
            actor_label=actor.label[:160],
            lease_until=now,
            created_at=now,
        )
        _audit(load.pk, "begin", actor, now, {"kind": kind, "name": load.name})
        return load

    return transactions.run(work)


def list_(*, cursor: str | None = None, limit: int = 50) -> paging.Page[SourceLoad]:
    """All loads, the newest first."""
    rows = SourceLoad.objects.defer("preview", "report", "mapping").annotate(rejected=F("report__rejected"))
    return paging.page(rows, order=["-id"], cursor=cursor, limit=limit)


def get(*, load_id: int) -> SourceLoad:
    """
    Raises:
        NoSuchLoad
    """
    found = SourceLoad.objects.filter(pk=load_id).first()
    if found is None:
        raise NoSuchLoad(id=ids.public("lod", load_id))
    return found


def look_again(*, load_id: int, options: dict[str, Any], actor: Actor, now: datetime) -> SourceLoad:
    """Read the file in another way (encoding, delimiter, sheet, header_row), or once more after a failure.

    Raises:
        NotAnOperator, NoSuchLoad, NotNow, MappingWrong
    """
    files.told(**options)
    told = {"options": options, "preview": None, "report": None}
    return _ask(load_id, MAPPABLE, Task.LOOK, actor, now, told)


def check(*, load_id: int, mapping: Mapping, as_of: date, actor: Actor, now: datetime) -> SourceLoad:
    """Try the mapping: what would be loaded, and what not.

    Raises:
        NotAnOperator, NoSuchLoad, NotNow; FromTheFuture, OlderThanKnown: the load would be refused for its day.
    """
    ingest.check_day(source=mapping.source, is_complete=mapping.kind == "roster", as_of=as_of, now=now)
    told = {"mapping": mapping.plain(), "source": mapping.source, "as_of": as_of, "report": None}
    return _ask(load_id, MAPPABLE, Task.CHECK, actor, now, told)


def load(*, load_id: int, actor: Actor, now: datetime) -> SourceLoad:
    """Have it loaded as it was checked.

    Raises:
        NotAnOperator, NoSuchLoad, NotNow, NothingChecked
    """
    found = get(load_id=load_id)
    if found.state == State.CHECKED and not (found.report or {}).get("accepted"):
        raise NothingChecked()
    return _ask(load_id, (State.CHECKED,), Task.LOAD, actor, now, {})


def try_again(*, load_id: int, actor: Actor, now: datetime) -> SourceLoad:
    """What failed, once more; it goes on where it was.

    Raises:
        NotAnOperator, NoSuchLoad, NotNow
    """
    return _ask(load_id, (State.FAILED,), Task(get(load_id=load_id).task), actor, now, {})


def cancel(*, load_id: int, actor: Actor, now: datetime) -> SourceLoad:
    """Call it off, at whichever step; the uploaded file is deleted, and a worker that is at it stops.

    Raises:
        NotAnOperator, NoSuchLoad, NotNow, TooLate
    """
    _must_be_operator(actor)
    found = get(load_id=load_id)

    def work() -> int:
        being_published = Q(phase=SourceLoad.PUBLISHING, state=State.LOADING, lease_until__gt=now)
        open_ = SourceLoad.objects.filter(pk=load_id).exclude(state__in=SourceLoad.ENDED)
        done = open_.exclude(being_published).update(
            state=State.CANCELLED, fence=F("fence") + 1, finished_at=now, lease_until=now, preview=None
        )
        if done:
            _audit(load_id, "cancel", actor, now, {"source": found.source})
        return done

    if not transactions.run(work):
        after = get(load_id=load_id)
        raise (
            NotNow(state=after.get_state_display().lower()) if after.state in SourceLoad.ENDED else TooLate()
        )
    if found.place_kind == Kind.UPLOAD:
        uploads.forget(found.place)
    return get(load_id=load_id)


def mapping_of(found: SourceLoad) -> Mapping | None:
    """The mapping that was said last."""
    return files.make(**found.mapping) if found.mapping else None


def _ask(
    load_id: int,
    states: tuple[str, ...],
    task: SourceLoad.Task,
    actor: Actor,
    now: datetime,
    told: dict[str, Any],
) -> SourceLoad:
    _must_be_operator(actor)

    def work() -> int:
        mine: QuerySet[SourceLoad] = SourceLoad.objects.filter(pk=load_id, state__in=states)
        changes = _NOTHING_YET | told | {"actor": actor.ref, "actor_label": actor.label[:160]}
        done = mine.update(state=State.WAITING, task=task, lease_until=now, **changes)
        if done:
            _audit(load_id, task.value, actor, now, {"source": told.get("source", "")})
        return done

    if not transactions.run(work):
        raise NotNow(state=get(load_id=load_id).get_state_display().lower())
    return get(load_id=load_id)


def _audit(load_id: int, what: str, actor: Actor, now: datetime, detail: dict[str, Any]) -> None:
    audit.write(
        workspace=None,
        actor=actor,
        action=f"source_load.{what}",
        target=ids.public("lod", load_id),
        now=now,
        detail={name: value for name, value in detail.items() if value},
    )


def _must_be_operator(actor: Actor) -> None:
    if not actor.is_operator:
        raise access.NotAnOperator()
