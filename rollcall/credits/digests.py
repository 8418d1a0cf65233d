"""What an entry or a line of a thread says, as one SHA-256: the same bytes when it is written and when proved."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

FIELDS = (
    "id", "workspace_id", "kind", "key", "amount", "balance_change", "actor", "actor_label", "run_id", "segment_id",
    "automation_id", "hold_id", "context", "reverses_id",
)  # fmt: skip
LINE_FIELDS = (
    "id", "request_id", "key", "kind", "body", "detail", "is_from_operator", "actor", "actor_label",
)  # fmt: skip
_JSON = json.JSONEncoder(sort_keys=True, separators=(",", ":"))


def of_entry(fields: dict[str, Any], legs: Iterable[Sequence[Any]], people: str) -> str:
    """
    Args:
        fields: FIELDS and `created_at` (an instant) of the entry.
        legs: (account, grant id, amount) in the order of their lines.
        people: `of_people` of a charge; empty for any other entry.
    """
    said = [fields[name] for name in FIELDS]
    return of_json([said, _at(fields["created_at"]), [list(leg) for leg in legs], people])


def of_people(people: str) -> str:
    """The digest of a charge's people: each as `person` writes it, sorted by profile and company, with commas."""
    return hashlib.sha256(people.encode()).hexdigest()


def person(profile_id: int, company_id: int, grant_id: int, persona_id: int | None) -> str:
    """One person of a charge; who was found without a persona has nothing after the last colon."""
    return f"{profile_id}:{company_id}:{grant_id}:{'' if persona_id is None else persona_id}"


def of_line(fields: dict[str, Any]) -> str:
    """
    Args:
        fields: LINE_FIELDS and `created_at` (an instant) of the line of a thread.
    """
    return of_json([[fields[name] for name in LINE_FIELDS], _at(fields["created_at"])])


def of_json(value: Any) -> str:
    """The digest of what JSON can say, whatever the order of its keys."""
    return hashlib.sha256(_JSON.encode(value).encode()).hexdigest()


def _at(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="microseconds")
