"""Mappings that were used before and fit the columns of a file."""

from dataclasses import dataclass
from datetime import datetime

from rollcall.universe.loads import asking
from rollcall.universe.models import SourceLoad
from rollcall.universe.sources.files import Mapping

_LOOKED_AT = 200


@dataclass(frozen=True)
class Earlier:
    """A mapping, the load that it was used for, and when."""

    load_id: int
    source: str
    name: str
    used_at: datetime
    mapping: Mapping


def fitting(*, load: SourceLoad, limit: int = 5) -> list[Earlier]:
    """The newest mapping of each source that reads no column which this file lacks."""
    columns = {column["name"] for column in (load.preview or {}).get("columns", [])}
    used = SourceLoad.objects.filter(mapping__isnull=False, report__isnull=False).exclude(pk=load.pk)
    found: dict[str, Earlier] = {}
    for one in used.order_by("-id").only("id", "name", "source", "mapping", "created_at")[:_LOOKED_AT]:
        if one.source in found or len(found) >= limit:
            continue
        mapping = asking.mapping_of(one)
        if mapping is not None and columns.issuperset(mapping.columns()):
            found[one.source] = Earlier(one.pk, one.source, one.name, one.created_at, mapping)
    return list(found.values())
