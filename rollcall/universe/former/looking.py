"""How a load looks at the version before it."""

from rollcall.universe import erasure, records, titles, versions
from rollcall.universe.former.known import Known, Whole, is_small
from rollcall.universe.former.touched import Touched
from rollcall.universe.identity.companies import names
from rollcall.universe.publication import Former


def at(before: Former, blocked: erasure.Blocked) -> Known:
    """A small version as a whole, a large one only where the load touches it.

    Raises:
        VersionDamaged
    """
    version = before.version
    if version is None or before.number is None:
        return Whole(before.tables, blocked, None)
    # One from before companies had a table of names is read as a whole, so that it gets one.
    if is_small(before.rows) or not before.rows.get("aliases"):
        return Whole(before.tables, blocked, version.folder)
    if not all((version.folder / name).exists() for name in version.sums if not _may_be_absent(name)):
        raise versions.VersionDamaged(number=before.number, folder=str(version.folder))
    return Touched(
        version,
        blocked,
        number=before.number,
        are_titles_read=before.titles_version == titles.RULES_VERSION,
        are_names_read=before.names_version == names.RULES_VERSION,
    )


def _may_be_absent(file: str) -> bool:
    """As `records.read` has it: a version from before there was such a table says nothing there."""
    return file.removesuffix(".parquet") in records.TABLES.keys() - records.ASKED
