"""What is said about a package request, line by line, and the letters that tell the other side."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from rollcall.core import ids, rows
from rollcall.core.errors import Conflict, Invalid
from rollcall.credits import digests, money, posting
from rollcall.credits.models import PackageMessage, PackageRequest
from rollcall.notices import letters
from rollcall.workspaces import audit
from rollcall.workspaces.access import Actor

TEXT_MAX = 4000
Kind = PackageMessage.Kind


class MessageNeeded(Invalid):
    """A message has 1 to {length_max} characters."""


class MessageKeyReused(Conflict):
    """The key {key} already sent another message in {request}. Use a new key for a new message."""


def of(*, asked: PackageRequest) -> list[PackageMessage]:
    """The thread, oldest first: what was said, and each step."""
    return list(PackageMessage.objects.filter(request=asked).order_by("pk"))


def say(*, asked: PackageRequest, body: str, key: str, actor: Actor, now: datetime) -> PackageMessage:
    """Add a message and write to the other side, in the caller's transaction; the same key again says it once.

    Raises:
        MessageNeeded, KeyNeeded, MessageKeyReused
    """
    body = checked(body)
    if not body:
        raise MessageNeeded(length_max=TEXT_MAX)
    key = f"say:{actor.ref}:{posting.checked_key(key)}"[:120]
    said = step(asked, Kind.MESSAGE, key=key, actor=actor, now=now, body=body)
    if said is None:
        before = PackageMessage.objects.get(request=asked, key=key)
        if before.body != body:
            raise MessageKeyReused(key=key, request=ids.public("req", asked.pk))
        return before
    number, request = ids.public("msg", said.pk), ids.public("req", asked.pk)
    audit.write(
        workspace=asked.workspace,
        actor=actor,
        action="packages.say",
        target=request,
        now=now,
        detail=witness(said),
    )
    tell(asked, f"A message about {_called(asked)}", f"{actor.label} writes:\n\n{body}", key=number, now=now)
    return said


def step(
    asked: PackageRequest,
    kind: str,
    *,
    key: str,
    actor: Actor,
    now: datetime,
    body: str = "",
    detail: Mapping[str, Any] | None = None,
) -> PackageMessage | None:
    """Add a line to the thread, once by its key; None if it is there already."""
    line: dict[str, list[Any]] = {
        "request_id": [asked.pk],
        "key": [key],
        "body": [body],
        "detail": [dict(detail or {})],
    }
    constants = {
        "kind": kind,
        "is_from_operator": actor.is_operator and actor.role is None,
        "actor": actor.ref,
        "actor_label": actor.label,
        "created_at": now,
    }
    new = rows.insert(PackageMessage, line, constants=constants, ignore_conflicts=True, returning=["id"])
    return PackageMessage.objects.get(pk=new[0][0]) if new else None


def witness(line: PackageMessage) -> dict[str, str]:
    """What the audit log keeps of a line, so that neither can be changed alone (L17)."""
    fields = {name: getattr(line, name) for name in (*digests.LINE_FIELDS, "created_at")}
    return {"line": ids.public("msg", line.pk), "sha256": digests.of_line(fields)}


def tell(asked: PackageRequest, subject: str, body: str, *, key: str, now: datetime) -> None:
    """A letter to whoever did not write the last line of the thread; once by its key."""
    last = PackageMessage.objects.filter(request=asked).order_by("-pk").first()
    assert last is not None
    key = f"request:{ids.public('req', asked.pk)}:{key}"
    if last.is_from_operator:
        page = letters.link(f"/w/{asked.workspace.slug}/credits/packages/{ids.public('req', asked.pk)}")
        body = f"{body}\n\nSee it and answer: {page}"
        letters.write(
            workspace=asked.workspace, to=asked.reply_email, subject=subject, body=body, key=key, now=now
        )
        return
    page = letters.link(f"/operator/requests/{ids.public('req', asked.pk)}")
    body = f"{body}\n\nSee it and answer: {page}\nOr write to {asked.reply_email}."
    letters.to_operator(subject=f"{asked.workspace.name}: {subject}", body=body, key=key, now=now)


def quote_words(asked: PackageRequest) -> str:
    """The quote in one sentence: 5,000 credits for 1,200.00 EUR, good until 31 Dec 2027; the offer stands until …"""
    assert asked.quoted_credits is not None and asked.quote_valid_until is not None
    price = money.words(asked.quoted_price_minor, asked.quoted_currency)
    ends = f"good until {_day(asked.quoted_expires_on)}" if asked.quoted_expires_on else "which never expire"
    until = local_day(asked, asked.quote_valid_until)
    cost = f" for {price}" if price else ""
    return f"{asked.quoted_credits:,} credits{cost}, {ends}. The offer stands until {until}."


def local_day(asked: PackageRequest, instant: datetime) -> str:
    """The day that it is in the workspace then: 31 Dec 2026."""
    return _day(instant.astimezone(ZoneInfo(asked.workspace.time_zone)).date())


def checked(text: str) -> str:
    """
    Raises:
        MessageNeeded: it is too long.
    """
    text = text.replace("\0", "").strip()
    if len(text) > TEXT_MAX:
        raise MessageNeeded(length_max=TEXT_MAX)
    return text


def _called(asked: PackageRequest) -> str:
    return f"your request for {asked.credits_wanted:,} credits"


def _day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"
