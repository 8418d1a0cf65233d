"""A ledger entry in words: what happened, by whom, for what, by which rule; from the entry itself (C9)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from rollcall.core import ids
from rollcall.credits import money, refund_rules
from rollcall.credits.models import Adjustment, Entry, Grant, PackageRequest

# Told by other parts of a receipt, or of no use to a reader.
_TOLD = {
    "run", "segment", "personas", "persona", "by_persona", "quote", "credits_max", "first", "matched", "why", "budgets",
    "grant", "grant_name", "cause", "observed", "observed_at", "reported_by", "charged_at", "policy", "profile",
    "company", "winner", "loser", "adjustment", "approved_by", "new_grant", "grant_kind", "reference", "priority",
    "price_minor", "currency", "effective_at", "expires_at",
}  # fmt: skip


@dataclass(frozen=True)
class Fact:
    """One line of a receipt; `id` is the public id of what the value names, if it has a place of its own."""

    label: str
    value: str
    id: str = ""


def title(entry: Entry) -> str:
    """What happened, in a few words."""
    context, kind = entry.context, Entry.Kind(entry.kind)
    segment = _named(context.get("segment"))
    grant = str(context.get("grant_name", ""))
    words = {
        Entry.Kind.GRANT: grant or "Credits granted",
        Entry.Kind.HOLD: f"Set aside for a search in {segment}" if segment else "Set aside",
        Entry.Kind.CHARGE: f"People added to {segment}" if segment else "People added",
        Entry.Kind.RELEASE: f"Came back from a search in {segment}" if segment else "Came back",
        Entry.Kind.REFUND: f"Refund of a contact in {segment}" if segment else "Refund of a contact",
        Entry.Kind.EXPIRY: f"{grant or 'A grant'} expired",
        Entry.Kind.VOID: f"{grant or 'A grant'} was withdrawn",
        Entry.Kind.ADJUSTMENT: "Credits added" if entry.balance_change > 0 else "Credits taken away",
    }
    return words[kind]


def about(entry: Entry) -> str:
    """What else there is to say in the ledger's second line, the most telling first."""
    return next(_about(entry.context), "")


def facts(*, entry: Entry) -> list[Fact]:
    """Everything that the entry knows beside its sum: who, for what, decided by which rule, on which terms."""
    found = [Fact("By", _by(entry), entry.actor), *_purpose(entry)]
    by_kind = {
        Entry.Kind.GRANT: _grant,
        Entry.Kind.REFUND: _refund,
        Entry.Kind.EXPIRY: _expiry,
        Entry.Kind.VOID: _void,
        Entry.Kind.ADJUSTMENT: _adjustment,
    }
    found += by_kind.get(Entry.Kind(entry.kind), _search)(entry)
    return [*found, *_rest(entry.context)]


def who(entry: Entry) -> str:
    """Who it was, in words: entries of once name an automation by its number, and the segment says which it is."""
    automation = ids.public("aut", entry.automation_id or 0)
    segment = _named(entry.context.get("segment"))
    if (
        segment
        and entry.automation_id is not None
        and entry.actor_label.startswith(f"Automation {automation}")
    ):
        return entry.actor_label.replace(f"Automation {automation}", f"Automatic search in {segment}", 1)
    return entry.actor_label


def _by(entry: Entry) -> str:
    """A job of the product says which it is; an automation says that already."""
    job = entry.actor.removeprefix("system:")
    named = job == entry.actor or entry.automation_id is not None
    return who(entry) if named else f"{entry.actor_label}, by itself ({job})"


def _about(context: Mapping[str, Any]) -> Iterator[str]:
    if context.get("observed"):
        why, observed = str(context.get("why")), str(context["observed"])
        yield why if observed.casefold() in why.casefold() else f"{why}: {observed}"
    if context.get("personas") and not context.get("cause"):
        yield ", ".join(persona["name"] for persona in context["personas"])
    if context.get("why"):
        yield str(context["why"])
    if context.get("grant_kind"):
        kind = str(Grant.Kind(context["grant_kind"]).label)
        yield f"{kind}, {context['reference']}" if context.get("reference") else kind


def _purpose(entry: Entry) -> Iterator[Fact]:
    """For which search, segment and personas, and whether it started by itself."""
    context = entry.context
    if entry.run_id is not None:
        yield Fact("Search", ids.public("run", entry.run_id), ids.public("run", entry.run_id))
    if entry.segment_id is not None or context.get("segment"):
        known = ids.public("seg", entry.segment_id) if entry.segment_id is not None else ""
        yield Fact("Segment", _named(context.get("segment")) or known, known)
    counts = context.get("by_persona", {})
    for persona in context.get("personas", []):
        count = f": {counts[persona['id']]:,}" if persona["id"] in counts else ""
        yield Fact("Persona", f"{persona['name']}{count}", persona["id"])
    if context.get("persona"):
        yield Fact("Persona", _persona(entry, context["persona"]), context["persona"])
    if entry.automation_id is not None:
        known = ids.public("aut", entry.automation_id)
        segment = _named(context.get("segment"))
        yield Fact(
            "Started by itself", f"Automatic search in {segment} ({known})" if segment else known, known
        )


def _persona(refund: Entry, public: str) -> str:
    """What it was called at the charge."""
    charged = refund.reverses.context if refund.reverses is not None else {}
    names = {persona["id"]: persona["name"] for persona in charged.get("personas", [])}
    return str(names.get(public, public))


def _search(entry: Entry) -> Iterator[Fact]:
    """A hold, its charges and its release: the estimate, the budgets that let it through, why it ended."""
    if entry.context.get("quote"):
        yield Fact("Estimate", entry.context["quote"], entry.context["quote"])
    placed = _placed(entry)
    if rule := placed.get("rule", {}).get("words"):
        yield Fact("Rule", rule, placed["rule"].get("approval") or placed["rule"]["automation"])
    for reserved in placed.get("budgets", []):
        limit = reserved.get("limit")
        most = "only watched, without a limit" if limit is None else f"of at most {limit:,}"
        words = f"{reserved['name']}: {reserved['amount']:,} set aside {most}, {reserved['period_key']}"
        yield Fact("Counted by", words, reserved["budget"])
    if entry.context.get("why"):
        yield Fact("Why", f"Search {entry.context['why']}")


def _placed(entry: Entry) -> dict[str, Any]:
    """What was known when the hold was placed: its budgets, its rule; charges and releases belong to it."""
    context = entry.context
    if entry.kind != Entry.Kind.HOLD and entry.hold_id is not None:
        placed = Entry.objects.filter(hold=entry.hold_id, kind=Entry.Kind.HOLD).first()
        context = placed.context if placed else {}
    return dict(context)


def _refund(entry: Entry) -> Iterator[Fact]:
    context = entry.context
    yield Fact("Cause", str(context.get("why") or "Given back by hand"))
    if context.get("observed"):
        yield Fact("Found out", context["observed"])
    if context.get("observed_at"):
        yield Fact("Found out on", _day(entry, context["observed_at"]))
    if context.get("reported_by"):
        yield Fact("Reported by", context["reported_by"])
    if context.get("policy") and context.get("cause"):
        yield Fact("Rule", _policy(context["cause"], context["policy"]))
    if entry.reverses is not None:
        charge = entry.reverses
        public = ids.public("ent", charge.pk)
        yield Fact(
            "Gives back", f"1 of {charge.amount:,} in {public}, {_day(entry, charge.created_at)}", public
        )
    for name, label in (("loser", "Merged"), ("winner", "Into")):
        if contact := context.get(name, {}).get("contact"):
            yield Fact(label, contact, contact)
    if new := context.get("new_grant"):
        ends = _day(entry, new["expires_at"]) if new.get("expires_at") else "never"
        words = f"{new['grant_name']}, since the one it came from is over; expires: {ends}"
        yield Fact("Into a new grant", words, new["grant"])


def _policy(cause: str, policy: Mapping[str, Any]) -> str:
    """The rule as it was then, in the words in which customers read it."""
    rule = refund_rules.Rule(cause, True, policy.get("window_days"), policy.get("cap_credits"))
    of = "of this workspace" if policy.get("of") == "workspace" else "of the installation"
    return f"{rule.label}, {of}. {rule.words}"


def _grant(entry: Entry) -> Iterator[Fact]:
    yield from _terms(entry, entry.context)
    asked = PackageRequest.objects.filter(
        workspace=entry.workspace_id, grant=_number("gra", entry.context.get("grant", ""))
    ).first()
    if asked is not None:
        known = ids.public("req", asked.pk)
        yield Fact("Asked for", f"{asked.credits_wanted:,} credits by {asked.actor_label}, {known}", known)
    if agreed := entry.context.get("agreed"):
        yield Fact("Agreed", f"Quote {agreed['quote_number']}: {agreed['words']}")
        yield Fact("Accepted by", f"{agreed['by_label']}, {_day(entry, agreed['at'])}")


def _expiry(entry: Entry) -> Iterator[Fact]:
    yield from _of_grant(entry)
    yield Fact("Why", "Its time was over, and these credits were not used")


def _void(entry: Entry) -> Iterator[Fact]:
    yield from _of_grant(entry)
    yield Fact("Why", str(entry.context.get("why") or "No reason was given"))


def _adjustment(entry: Entry) -> Iterator[Fact]:
    context = entry.context
    yield Fact("Why", str(context.get("why", "")))
    if context.get("adjustment"):
        yield Fact("Adjustment", context["adjustment"], context["adjustment"])
        made = Adjustment.objects.filter(workspace=entry.workspace_id, entry=entry).first()
        alone = "Not needed: few enough credits" if made else ""
        yield Fact("Second operator", str(context.get("approved_by") or alone))
    if context.get("grant_kind"):
        yield from _terms(entry, context)


def _of_grant(entry: Entry) -> Iterator[Fact]:
    """The grant that an expiry or a withdrawal is about, and what it was."""
    number = _number("gra", entry.context.get("grant", ""))
    grant = Grant.objects.filter(workspace=entry.workspace_id, pk=number).first() if number else None
    if grant is not None:
        yield Fact("Grant", f"{grant.name}, {grant.granted:,} credits", ids.public("gra", grant.pk))
        yield Fact("Lasted", f"{_day(entry, grant.effective_at)} to {_ends(entry, grant.expires_at)}")


def _terms(entry: Entry, context: Mapping[str, Any]) -> Iterator[Fact]:
    """What was agreed: as the entry keeps it, whatever became of the grant's row."""
    if context.get("grant_kind"):
        yield Fact("Type", str(Grant.Kind(context["grant_kind"]).label))
    if context.get("reference"):
        yield Fact("Document", context["reference"])
    if context.get("price_minor") is not None:
        yield Fact("Price", money.words(context["price_minor"], context.get("currency", "")))
    if context.get("effective_at"):
        yield Fact("Starts", _day(entry, context["effective_at"]))
        yield Fact("Expires", _ends(entry, context.get("expires_at")))
    if context.get("priority"):
        yield Fact("Burns", f"by priority {context['priority']}: the lowest number first")


def _rest(context: Mapping[str, Any]) -> Iterator[Fact]:
    """Whatever else the entry was given: nothing that explains it is kept back."""
    for name, value in context.items():
        if name not in _TOLD and isinstance(value, str | int | float) and value != "":
            known = str(value) if _is_public(str(value)) else ""
            yield Fact(name.replace("_", " ").capitalize(), str(value), known)


def _named(segment: Any) -> str:
    return str(segment.get("name", "")) if isinstance(segment, dict) else ""


def _number(prefix: str, public: str) -> int | None:
    return ids.parse(prefix, public) if public.startswith(f"{prefix}_") else None


def _is_public(text: str) -> bool:
    prefix, _, number = text.partition("_")
    return prefix in ids.NAMES and number.isdigit()


def _ends(entry: Entry, at: datetime | str | None) -> str:
    return _day(entry, at) if at else "Never"


def _day(entry: Entry, at: datetime | str) -> str:
    """The day by the workspace's clock: 31 Dec 2026."""
    instant = datetime.fromisoformat(at) if isinstance(at, str) else at
    day = instant.astimezone(ZoneInfo(entry.workspace.time_zone)) if instant.tzinfo else instant
    return f"{day.day} {day:%b %Y}"
