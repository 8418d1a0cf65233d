"""One module for each provider: records as it would send them, made at random from a JSON schema of its fields."""

import importlib
import json
import random
from datetime import date, timedelta
from pathlib import Path
from typing import Any


def records(provider: str, tells: str, count: int, seed: int = 1) -> list[dict[str, Any]]:
    """So many different records of people or companies, the same for the same seed."""
    module = importlib.import_module(f"tests.universe.provider_samples.{provider}")
    dice = random.Random(seed)
    return [module.finish(make(module.SCHEMAS[tells], dice), number, dice) for number in range(count)]


def schema(file: str) -> Any:
    return json.loads((Path(__file__).parent / file).read_text())


def make(wanted: dict[str, Any], dice: random.Random) -> Any:
    """A value that keeps to a JSON schema; what may be null is so one time in five."""
    kinds = wanted["type"] if isinstance(wanted["type"], list) else [wanted["type"]]
    if "null" in kinds and dice.random() < 0.2:
        return None
    kind = next(k for k in kinds if k != "null")
    if "enum" in wanted:
        return dice.choice(wanted["enum"])
    if kind == "object":
        return {name: make(inner, dice) for name, inner in wanted["properties"].items()}
    if kind == "array":
        return [make(wanted["items"], dice) for _ in range(dice.randint(0, wanted.get("maxItems", 3)))]
    if kind == "integer":
        return dice.randint(wanted.get("minimum", 0), wanted.get("maximum", 1000))
    if kind == "boolean":
        return dice.random() < 0.5
    if wanted.get("format") == "date":
        day = date(2010, 1, 1) + timedelta(days=dice.randrange(5_000))
        return day.isoformat()[: dice.choice([4, 7, 10])]
    return "".join(dice.choice("abcdefghijklmnop") for _ in range(8))
