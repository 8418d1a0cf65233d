"""What a staging folder holds: written whole or not at all, so that a load that died goes on where it was."""

import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

_NAME = "manifest.json"


class Part(BaseModel):
    """Rows of one file, up to and including `until_row`."""

    model_config = ConfigDict(extra="forbid")

    name: str
    file: int
    until_row: int
    accepted: int
    rejected: int
    blank: int
    warnings: dict[str, int]
    # Columns of the mapping that had something in them.
    filled: list[str]


class Manifest(BaseModel):
    """The parts in order, and what was said of each file that was read to its end."""

    model_config = ConfigDict(extra="forbid")

    key: str
    parts: list[Part] = []
    # File number → what was found out about it, and warnings that only its end could tell.
    facts: dict[int, dict[str, Any]] = {}
    ended: dict[int, dict[str, int]] = {}

    def reached(self, file: int) -> int:
        """The last row of a file that is staged."""
        return max((part.until_row for part in self.parts if part.file == file), default=0)

    def rows(self) -> int:
        """How many are staged, with those that were refused."""
        return sum(part.accepted + part.rejected for part in self.parts)

    def filled(self, file: int) -> set[str]:
        return {name for part in self.parts if part.file == file for name in part.filled}

    def warnings(self) -> Counter[str]:
        found = Counter[str]()
        for told in [*(part.warnings for part in self.parts), *self.ended.values()]:
            found.update(told)
        return found


def read(folder: Path, key: str) -> Manifest:
    """The manifest of a folder; an empty one if it has none, or one of another key."""
    try:
        manifest = Manifest.model_validate_json((folder / _NAME).read_bytes())
    except (OSError, ValidationError):
        return Manifest(key=key)
    whole = all(
        (folder / f"{part.name}{kind}.arrow").is_file()
        for part in manifest.parts
        for kind in ("", ".rejected")
    )
    return manifest if manifest.key == key and whole else Manifest(key=key)


def write(folder: Path, manifest: Manifest) -> None:
    """Beside the former one, synced, then in its place."""
    half = folder / f"{_NAME}.half"
    with half.open("w") as file:
        file.write(json.dumps(manifest.model_dump()))
        file.flush()
        os.fsync(file.fileno())
    half.replace(folder / _NAME)
    sync(folder)


def sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
