"""Titles that a workspace reads otherwise than the rules do: said, changed and taken back, by revisions."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches

from django.db.models import QuerySet

from rollcall.contacts import title_books
from rollcall.contacts.models import TitleOverride
from rollcall.core import ids, paging, transactions
from rollcall.core.errors import Conflict, Invalid, NotFound
from rollcall.universe import titles
from rollcall.workspaces import audit
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import Workspace

OVERRIDES_MAX = 5_000
TITLE_MAX, WHY_MAX = 200, 300
# What an index of PostgreSQL can hold, in bytes, with room to spare.
_WORDS_MAX = 2_000


class NotATitle(Invalid):
    """{title!r} is no job title: it needs at least one word and at most {most} characters. Paste the title alone."""


class NothingSaid(Invalid):
    """Neither a seniority nor a department is given for {title!r}. Choose at least one of them."""


class UnknownHalf(Invalid):
    """There is no {what} {value!r}.{hint} Choose among: {allowed}."""


class WhyTooLong(Invalid):
    """The reason has more than {most} characters, or one that no text may hold. Shorten or correct it."""


class TooManyOverrides(Conflict):
    """A workspace reads at most {most} titles otherwise, and this would make it {count}. Remove some first."""


class NoSuchOverride(NotFound):
    """There is no title override {id} here. It may have been changed or removed; look at the list."""


@dataclass(frozen=True)
class Given:
    """One title and how to read it; a half that is None or empty stays as the rules read it."""

    title: str
    seniority: str | None = None
    department: str | None = None
    why: str = ""


@dataclass(frozen=True)
class Written:
    """What came of it: the titles that are read otherwise for the first time, those changed, and those that were so."""

    added: int
    changed: int
    same: int
    revision: int


def page(*, workspace: Workspace, cursor: str | None = None, limit: int = 50) -> paging.Page[TitleOverride]:
    """Those of now, newest first."""
    return paging.page(_present(workspace), order=["-id"], cursor=cursor, limit=limit)


def count(*, workspace: Workspace) -> int:
    return _present(workspace).count()


def everyone(*, workspace: Workspace) -> Iterable[TitleOverride]:
    """All of now, by title."""
    return _present(workspace).order_by("title_words")


def get(*, workspace: Workspace, override_id: int) -> TitleOverride:
    """
    Raises:
        NoSuchOverride: none of now, of this workspace, has this id.
    """
    found = _present(workspace).filter(pk=override_id).first()
    if found is None:
        raise NoSuchOverride(id=ids.public("tov", override_id))
    return found


def of_title(*, workspace: Workspace, title: str) -> TitleOverride | None:
    """The override for this title, in any spelling, if there is one."""
    return _present(workspace).filter(title_words=titles.words(title)).first()


def save(*, workspace: Workspace, given: Given, actor: Actor, now: datetime) -> TitleOverride:
    """Read the title so from now on, whatever was said of it before; saying the same again changes nothing.

    Raises:
        NotATitle, NothingSaid, UnknownHalf, WhyTooLong, TooManyOverrides
    """
    one = checked(given)
    title_words = titles.words(one.title)

    def work() -> TitleOverride:
        _save(workspace, {title_words: one}, actor, now)
        return _present(workspace).get(title_words=title_words)

    return transactions.run(work)


def save_all(*, workspace: Workspace, given: Sequence[Given], actor: Actor, now: datetime) -> Written:
    """All of them or none, as one revision; of two for one title the later one counts.

    Raises:
        as `save`
    """
    wanted = {titles.words(one.title): one for one in (checked(one) for one in given)}
    if len(wanted) > OVERRIDES_MAX:
        raise TooManyOverrides(most=OVERRIDES_MAX, count=len(wanted))
    return transactions.run(lambda: _save(workspace, wanted, actor, now))


def remove(*, workspace: Workspace, override_id: int, actor: Actor, now: datetime) -> None:
    """Read the title as the rules do again.

    Raises:
        NoSuchOverride
    """

    def work() -> None:
        present = title_books.lock(workspace=workspace)
        found = get(workspace=workspace, override_id=override_id)
        revision = title_books.turn(present)
        _present(workspace).filter(pk=found.pk).update(until=revision)
        _audit("titles.restore", workspace, ids.public("tov", found.pk), _said(found), actor, now)

    transactions.run(work)


def checked(given: Given) -> Given:
    """The same, cleaned; halves may be given by key or by the label that people read.

    Raises:
        NotATitle, NothingSaid, UnknownHalf, WhyTooLong
    """
    title, why = " ".join(given.title.split()), given.why.strip()
    title_words = titles.words(title)
    if not title_words or len(title) > TITLE_MAX or "\0" in title or len(title_words.encode()) > _WORDS_MAX:
        raise NotATitle(title=title[:80], most=TITLE_MAX)
    if len(why) > WHY_MAX or "\0" in why:
        raise WhyTooLong(most=WHY_MAX)
    level = _key("seniority", given.seniority, titles.SENIORITIES)
    department = _key("department", given.department, titles.DEPARTMENTS)
    if level is None and department is None:
        raise NothingSaid(title=title[:80])
    return Given(title, level, department, why)


def _save(workspace: Workspace, wanted: Mapping[str, Given], actor: Actor, now: datetime) -> Written:
    present = title_books.lock(workspace=workspace)
    before = {one.title_words: one for one in _present(workspace)}
    fresh = {
        words: one for words, one in wanted.items() if words not in before or not _is_so(before[words], one)
    }
    changed = [before[words].pk for words in fresh if words in before]
    total = len(before) + len(fresh) - len(changed)
    if len(fresh) > len(changed) and total > OVERRIDES_MAX:
        raise TooManyOverrides(most=OVERRIDES_MAX, count=total)
    revision = present.revision
    if fresh:
        revision = title_books.turn(present)
        _end(workspace, changed, revision)
        made = TitleOverride.objects.bulk_create(
            [_row(workspace, words, one, actor, now, revision) for words, one in fresh.items()]
        )
        if len(made) == 1:
            _audit("titles.read", workspace, ids.public("tov", made[0].pk), _said(made[0]), actor, now)
        else:
            told = {"added": len(fresh) - len(changed), "changed": len(changed), "revision": revision}
            _audit("titles.import", workspace, ids.public("ws", workspace.pk), told, actor, now)
    return Written(len(fresh) - len(changed), len(changed), len(wanted) - len(fresh), revision)


def _row(
    workspace: Workspace, words: str, one: Given, actor: Actor, now: datetime, revision: int
) -> TitleOverride:
    return TitleOverride(
        workspace=workspace,
        title=one.title,
        title_words=words,
        seniority=one.seniority,
        department=one.department,
        why=one.why,
        actor=actor.ref,
        actor_label=actor.label,
        made_at=now,
        since=revision,
    )


def _end(workspace: Workspace, numbers: Sequence[int], revision: int) -> None:
    for start in range(0, len(numbers), 500):
        _present(workspace).filter(pk__in=numbers[start : start + 500]).update(until=revision)


def _is_so(row: TitleOverride, given: Given) -> bool:
    same = (row.seniority, row.department) == (given.seniority, given.department)
    return same and given.why in ("", row.why)


def _present(workspace: Workspace) -> QuerySet[TitleOverride]:
    return TitleOverride.objects.filter(workspace=workspace, until__isnull=True)


def _key(what: str, value: str | None, known: Mapping[str, str]) -> str | None:
    text = (value or "").strip()
    if not text or text in known:
        return text or None
    by_label = {label.casefold(): key for key, label in known.items()} | {key: key for key in known}
    if text.casefold() in by_label:
        return by_label[text.casefold()]
    near = get_close_matches(text.casefold()[:80], by_label, n=1)
    hint = f" Did you mean {by_label[near[0]]!r}?" if near else ""
    raise UnknownHalf(what=what, value=text[:80], hint=hint, allowed=", ".join(known))


def _said(row: TitleOverride) -> dict[str, str]:
    said = {"title": row.title, "seniority": row.seniority, "department": row.department, "why": row.why}
    return {name: value for name, value in said.items() if value}


def _audit(
    action: str, workspace: Workspace, target: str, detail: Mapping[str, object], actor: Actor, now: datetime
) -> None:
    audit.write(workspace=workspace, actor=actor, action=action, target=target, now=now, detail=dict(detail))
