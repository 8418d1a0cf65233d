"""What an entry says, as one SHA-256: the same bytes when it is written and when it is proved."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

FIELDS = (
    "id", "workspace_id", "kind", "key", "amount", "balance_change", "actor", "actor_label", "run_id", "segment_id",
    "automation_id", "hold_id", "context", "reverses_id",
)  # fmt: skip


def of_entry(fields: dict[str, Any], legs: Iterable[Sequence[Any]], people: str) -> str:
    """
    Args:
        fields: FIELDS and `created_at` (an instant) of the entry.
        legs: (account, grant id, amount) in the order of their lines.
        people: `of_people` of a charge; empty for any other entry.
    """
    created_at: datetime = fields["created_at"]
    said = [fields[name] for name in FIELDS]
    at = created_at.astimezone(UTC).isoformat(timespec="microseconds")
    text = json.dumps([said, at, [list(leg) for leg in legs], people], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def of_people(people: str) -> str:
    """The digest of a charge's people: each as `person` writes it, sorted by profile and company, with commas."""
    return hashlib.sha256(people.encode()).hexdigest()


def person(profile_id: int, company_id: int, grant_id: int, persona_id: int | None) -> str:
    """One person of a charge; who was found without a persona has nothing after the last colon."""
    return f"{profile_id}:{company_id}:{grant_id}:{'' if persona_id is None else persona_id}"
