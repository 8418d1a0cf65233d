"""Records in the public schema of People Data Labs: its names of fields and their types, with made-up values."""

import random
from typing import Any

from tests.universe.provider_samples import schema

_BOTH = schema("people_data_labs.json")
SCHEMAS = {"people": _BOTH["person"], "companies": _BOTH["company"]}


def finish(record: dict[str, Any], number: int, dice: random.Random) -> dict[str, Any]:
    """Each record is another, with a name of its own, and links look like links."""
    record["id"] = f"pdl{number:05d}_0000"
    if "full_name" in record:
        record["first_name"], record["last_name"] = _name(dice), _name(dice)
        record["full_name"] = f"{record['first_name']} {record['last_name']}"
    if record.get("linkedin_url"):
        record["linkedin_url"] = f"linkedin.com/in/somebody-{number}"
    if record.get("work_email"):
        # What a free plan shows of it.
        record["work_email"] = dice.choice([True, f"somebody{number}@acme.example.com"])
    return record


def _name(dice: random.Random) -> str:
    return "".join(dice.choice("bcdfgklmnprst") + dice.choice("aeiou") for _ in range(4)).title()
