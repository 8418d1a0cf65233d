"""Published versions of the universe: immutable folders of Parquet files, named by a database row."""

from pathlib import Path

from django.conf import settings

from rollcall.core.errors import NotFound
from rollcall.universe.models import UniverseVersion


class UnknownVersion(NotFound):
    """There is no version {number} of the universe here. See `versions.list_()` for those published."""


class VersionDamaged(NotFound):
    """The files of version {number} are not in {folder}. Restore them from a backup, or load the source again."""


def current() -> int | None:
    """The number of the newest version; None before the first load."""
    newest = UniverseVersion.objects.order_by("-number").values_list("number", flat=True).first()
    return newest if newest is None else int(newest)


def get(number: int) -> UniverseVersion:
    """
    Raises:
        UnknownVersion: no such version was published.
    """
    found = UniverseVersion.objects.filter(number=number).first()
    if found is None:
        raise UnknownVersion(number=number)
    return found


def list_() -> list[UniverseVersion]:
    """All published versions, newest first."""
    return list(UniverseVersion.objects.order_by("-number"))


def home() -> Path:
    """The folder that holds all versions."""
    return Path(settings.ROLLCALL_HOME) / "universe"


def path(number: int) -> Path:
    """The folder of one version (`v000001`)."""
    return home() / f"v{number:06d}"
