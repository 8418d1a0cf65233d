"""L13: each entry is what its digest says, and the chain over the digests holds."""

from collections.abc import Iterator

from rollcall.core import ids
from rollcall.credits import chain
from rollcall.credits.checks.asking import Rule
from rollcall.credits.models import Seal
from rollcall.workspaces.models import Workspace


def _broken(workspace: Workspace | None) -> Iterator[str]:
    """Entries that changed first, by their ids; then links."""
    for _, words in chain.changed(workspace=workspace):
        yield words
    for mine in [workspace] if workspace else Workspace.objects.filter(pk__in=_chains()).order_by("pk"):
        for _, words in chain.broken_links(workspace=mine):
            yield f"{ids.public('ws', mine.pk)}, {words}"


def _chains() -> list[int]:
    return list(Seal.objects.order_by().values_list("workspace_id", flat=True).distinct())


RULES = (Rule("L13", "Each entry is what its digest says, and the chain of seals holds", _broken),)
