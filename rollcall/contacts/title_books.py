"""How a workspace reads titles, now and at each revision: the one row that says which, and who waits for whom."""

import os
import uuid
from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock

from django.db import connection
from django.db.models import Q

from rollcall.contacts.models import TitleBook, TitleOverride
from rollcall.core import rows
from rollcall.universe import titles
from rollcall.universe.titles import Override, Overrides
from rollcall.universe.titles import overrides as readings
from rollcall.workspaces.models import Workspace

_KEPT_MAX = 64
_SHARED = "SELECT revision, stamp FROM contacts_titlebook WHERE workspace_id = %s"


@dataclass(frozen=True)
class Book:
    """How the workspace reads titles otherwise than the rules do, and which of its revisions that is."""

    revision: int
    overrides: Overrides
    stamp: str = ""


def now(*, workspace: Workspace) -> Book:
    """How the workspace reads titles now."""
    found = TitleBook.objects.filter(workspace=workspace).values_list("revision", "stamp").first()
    return _read(workspace, *found) if found else Book(0, titles.NO_OVERRIDES)


def shared(*, workspace: Workspace) -> Book:
    """The same within a transaction that writes contacts by it: nobody changes it until that ends."""
    for _ in range(2):
        with connection.cursor() as cursor:
            ends = " FOR SHARE" if connection.vendor == "postgresql" else ""
            cursor.execute(_SHARED + ends, [workspace.pk])
            found = cursor.fetchone()
        if found is not None:
            return _read(workspace, *found)
        _open(workspace)
    raise AssertionError("the row was just written")


def at(*, workspace: Workspace, revision: int) -> Overrides:
    """How the workspace read titles at one of its revisions."""
    still = Q(until__isnull=True) | Q(until__gt=revision)
    found = TitleOverride.objects.filter(still, workspace=workspace, since__lte=revision)
    columns = found.values_list("title_words", "seniority", "department")
    return readings.of(Override(*values) for values in columns)


def lock(*, workspace: Workspace) -> TitleBook:
    """In a transaction: wait for whoever writes contacts by it, and keep others out."""
    _open(workspace)
    return TitleBook.objects.select_for_update().get(workspace=workspace)


def turn(book: TitleBook) -> int:
    """The next revision of a locked book; contacts are looked through again from the first one."""
    book.revision += 1
    book.after_id = 0
    book.stamp = uuid.uuid4().hex
    book.save(update_fields=["revision", "after_id", "stamp"])
    return book.revision


def _open(workspace: Workspace) -> None:
    first = {"revision": 0, "applied": 0, "after_id": 0, "stamp": ""}
    rows.insert(TitleBook, {"workspace_id": [workspace.pk]}, constants=first, ignore_conflicts=True)


def _read(workspace: Workspace, revision: int, stamp: str) -> Book:
    """Kept by the stamp: an estimate asks every time, and a thousand rows take longer to read than to apply."""
    if not stamp:
        return Book(revision, titles.NO_OVERRIDES)
    with _lock:
        if stamp in _kept:
            _kept.move_to_end(stamp)
            return _kept[stamp]
    found = Book(revision, at(workspace=workspace, revision=revision), stamp)
    with _lock:
        _kept[stamp] = found
        while len(_kept) > _KEPT_MAX:
            _kept.popitem(last=False)
    return found


_kept: OrderedDict[str, Book] = OrderedDict()
_lock = Lock()
os.register_at_fork(before=_lock.acquire, after_in_parent=_lock.release, after_in_child=_lock.release)
