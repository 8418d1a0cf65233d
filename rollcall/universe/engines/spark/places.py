"""Where Spark finds the tables of a version: the version's folder, a copy of it in a store, or a catalog."""

import itertools
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
from django.conf import settings
from sqlglot import exp

from rollcall.core.errors import Conflict, Invalid, NotFound
from rollcall.universe import buckets, records

VERSION_PROPERTY = "rollcall.version"
# Names of views are global in a session; every opened version has its own.
_numbers = itertools.count()
_CATALOG = re.compile(r"\w+(?:\.\w+){0,2}", re.ASCII)
_TYPES = {
    pa.int64(): "BIGINT", pa.int32(): "INT", pa.string(): "STRING", pa.date32(): "DATE", pa.bool_(): "BOOLEAN",
    pa.float64(): "DOUBLE",
}  # fmt: skip


class BadTables(Invalid):
    """ROLLCALL_SPARK_TABLES is {value!r}. Write the address of the folder that holds the copies (s3a://bucket/universe),
    or a catalog and schema (main.rollcall), in which {{version}} stands for the version (main.rollcall_{{version}}),
    or leave it out to read the version's own folder."""


class OtherVersion(Conflict):
    """{place} holds {found}, not version {version}. Copy the version with `rollcall-server universe copy`, or set
    the table's property rollcall.version to what it holds."""


class NoTables(NotFound):
    """Spark finds no version {version} in {place}: {reason} Copy it there with `rollcall-server universe copy`, or
    correct ROLLCALL_SPARK_TABLES."""


def find(session: Any, folder: Path) -> dict[str, exp.Table]:
    """For each table of the version in `folder`, what a query must name.

    Raises:
        BadTables: the setting is neither an address nor a catalog.
        OtherVersion: something else is there.
        NoTables: nothing is there.
    """
    from pyspark.errors import AnalysisException

    try:
        return _find(session, folder)
    except AnalysisException as error:
        reason = str(error).strip().split("\n")[0][:200]
        place = settings.ROLLCALL_SPARK_TABLES or str(folder)
        raise NoTables(version=folder.name, place=place, reason=reason) from None


def _find(session: Any, folder: Path) -> dict[str, exp.Table]:
    where = settings.ROLLCALL_SPARK_TABLES.strip()
    manifest = json.loads((folder / "manifest.json").read_text())
    if not where:
        return _views(session, f"file:{_literally(str(folder))}", folder)
    if "://" in where:
        base = f"{where.rstrip('/')}/{folder.name}"
        _compare(session, base, manifest)
        return _views(session, base, folder)
    name = where.replace("{version}", folder.name)
    if not _CATALOG.fullmatch(name):
        raise BadTables(value=where)
    return _catalog(session, name, int(manifest["number"]))


def _views(session: Any, base: str, folder: Path) -> dict[str, exp.Table]:
    """A view over the Parquet files that the version has; nothing is read yet, for the columns are known."""
    places, opened = {}, next(_numbers)
    for name in records.ASKED:
        files = [path.name for path in buckets.files(folder, name)]
        view = f"rollcall_version_{opened}_{name}"
        reader = session.read.schema(_columns(records.TABLES[name]))
        reader.parquet(*(f"{base}/{file}" for file in files)).createOrReplaceTempView(view)
        places[name] = exp.table_(view, quoted=True)
    return places


def _compare(session: Any, base: str, manifest: Mapping[str, Any]) -> None:
    """The store may hold the versions of another installation under the same numbers."""
    lines = session.read.text(f"{base}/manifest.json", wholetext=True).collect()
    found = json.loads(lines[0][0]) if lines else {}
    if found.get("sha256") != manifest["sha256"]:
        raise OtherVersion(place=base, found="another version of that name", version=manifest["number"])


def _catalog(session: Any, name: str, version: int) -> dict[str, exp.Table]:
    places = {}
    for table in records.ASKED:
        parts = [*name.split("."), table]
        place = exp.Table(**dict(zip(("this", "db", "catalog"), _identifiers(parts), strict=False)))
        shown = place.sql(dialect="spark")
        rows = session.sql(f"SHOW TBLPROPERTIES {shown}").collect()
        found = next((row["value"] for row in rows if row["key"] == VERSION_PROPERTY), "no version")
        if found not in (str(version), f"v{version:06d}"):
            raise OtherVersion(place=shown, found=found, version=version)
        places[table] = place
    return places


def _identifiers(parts: list[str]) -> list[exp.Identifier]:
    return [exp.to_identifier(part, quoted=True) for part in reversed(parts)]


def _columns(schema: pa.Schema) -> str:
    return ", ".join(f"{field.name} {_type(field.type)}" for field in schema)


def _type(kind: pa.DataType) -> str:
    return f"ARRAY<{_type(kind.value_type)}>" if pa.types.is_list(kind) else _TYPES[kind]


def _literally(path: str) -> str:
    """Hadoop reads a path as a pattern."""
    return re.sub(r"([\\\[\]{}*?])", r"\\\1", path)
