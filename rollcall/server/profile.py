"""The profile that the `rollcall` command line reads: an address and an API key, readable by their owner only."""

import json
import os
import tomllib
from pathlib import Path


def path(home: Path) -> Path:
    return home / "profile.toml"


def exists(home: Path) -> bool:
    return path(home).exists()


def write(home: Path, *, address: str, key: str) -> None:
    """Write it whole or not at all."""
    fresh = path(home).with_suffix(".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        # A JSON string of plain characters is a TOML string too.
        file.write(f"url = {json.dumps(address)}\nkey = {json.dumps(key)}\n")
    fresh.replace(path(home))


def move(home: Path, *, address: str) -> None:
    """Keep the key, follow the address."""
    held = tomllib.loads(path(home).read_text())
    if held["url"] != address:
        write(home, address=address, key=held["key"])
