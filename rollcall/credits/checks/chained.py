"""L13: each entry is what its digest says, and the chain over the digests holds."""

from collections.abc import Iterator

from django.db.models import Count, Max

from rollcall.core import ids
from rollcall.credits import chain, rereading
from rollcall.credits.checks.asking import Rule
from rollcall.credits.models import Entry, Seal
from rollcall.workspaces.models import Workspace


def _broken(workspace: Workspace | None) -> Iterator[str]:
    """Entries that changed first, by their ids; then links."""
    for _, words in chain.changed(workspace=workspace):
        yield words
    for mine in [workspace] if workspace else Workspace.objects.filter(pk__in=_chains()).order_by("pk"):
        for _, words in chain.broken_links(workspace=mine):
            yield f"{ids.public('ws', mine.pk)}, {words}"


def _older(workspace: Workspace | None) -> str:
    """How many entries no digest can prove, because none was kept when they were written."""
    older = Entry.objects.filter(pk__lt=rereading.digests_began(), digest__isnull=True)
    older = older if workspace is None else older.filter(workspace=workspace)
    found = older.aggregate(number=Count("pk"), last=Max("pk"))
    if not found["number"]:
        return ""
    last = ids.public("ent", found["last"])
    return (
        f"{found['number']:,} entries, the last {last}, are older than digests: sums prove them, no digest and no "
        "seal does"
    )


def _chains() -> list[int]:
    return list(Seal.objects.order_by().values_list("workspace_id", flat=True).distinct())


RULES = (Rule("L13", "Each entry is what its digest says, and the chain of seals holds", _broken, _older),)
