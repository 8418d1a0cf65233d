"""Mappings that ship, found by name: for files in the public schema of somebody who sells data."""

import tomllib
from pathlib import Path
from typing import Any

from rollcall.universe.sources.files import mapping
from rollcall.universe.sources.files.mapping import Mapping

_HERE = Path(__file__).parent


def names() -> list[str]:
    """`["people_data_labs"]`."""
    return sorted(path.stem for path in _HERE.glob("*.toml"))


def read(path: Path | str, *, lawful_basis: str | None = None) -> Mapping:
    """The mapping in a file, else the shipped one of that name. On which lawful basis the facts are held only you know:
    it is said here, or in the file.

    Raises:
        MappingMissing, MappingUnreadable, MappingWrong.
    """
    is_shipped = not Path(path).exists() and str(path) in names()
    if not is_shipped and lawful_basis is None:
        return mapping.read(path)
    told = _told(path, is_shipped=is_shipped)
    return mapping.make(**told | ({} if lawful_basis is None else {"lawful_basis": lawful_basis}))


def _told(path: Path | str, *, is_shipped: bool) -> dict[str, Any]:
    if is_shipped:
        return tomllib.loads((_HERE / f"{path}.toml").read_text(encoding="utf-8"))
    return mapping.read(path).model_dump(exclude_none=True)
