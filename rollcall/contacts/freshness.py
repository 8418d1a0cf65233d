"""Up to which universe version all contacts of a workspace are: a mark that runs and refreshes agree on."""

from django.db import connection

from rollcall.contacts.models import LIVE, Contact, Freshness
from rollcall.core import rows
from rollcall.core.errors import TryLater
from rollcall.workspaces.models import Workspace

_ATTEMPTS_MAX = 5
_SHARED = "SELECT version FROM contacts_freshness WHERE workspace_id = %s"


class BeingRefreshed(TryLater):
    """The contacts are being refreshed at this very moment. Nothing was added or charged; try again."""


def lower(*, workspace: Workspace, version: int) -> None:
    """Say, in the transaction that adds contacts of this version, that there are some.

    Those who add share the row until they commit; a refresh that wants to raise the mark waits for them, so that
    no contact of an old version slips in behind its back. It is a lock and not an index on the contacts because an
    indexed version would have every refresh rewrite all indexes of every contact.
    """
    for _ in range(_ATTEMPTS_MAX):
        mine = Freshness.objects.filter(workspace=workspace)
        mine.filter(version__gt=version).update(version=version, after_id=0)
        with connection.cursor() as cursor:
            cursor.execute(
                _SHARED + (" FOR SHARE" if connection.vendor == "postgresql" else ""), [workspace.pk]
            )
            found = cursor.fetchone()
        if found is None:
            first = {"workspace_id": [workspace.pk], "version": [version], "after_id": [0]}
            rows.insert(Freshness, first, ignore_conflicts=True)
        elif found[0] <= version:
            return
    raise BeingRefreshed()


def raise_(*, workspace: Workspace, version: int) -> bool:
    """In a transaction: say that all contacts are of `version`, if they are; tells whether they were."""
    mark = Freshness.objects.select_for_update().filter(workspace=workspace).first()
    if mark is None or mark.version >= version:
        return True
    if Contact.objects.filter(LIVE, workspace=workspace, universe_version__lt=version).exists():
        Freshness.objects.filter(pk=mark.pk).update(after_id=0)
        return False
    Freshness.objects.filter(pk=mark.pk).update(version=version, after_id=0)
    return True


def settle(*, workspace: Workspace) -> None:
    """In a transaction that makes contacts one, or forgets them: wait for whoever is adding, and keep others out.

    Whoever adds after it sees what this transaction did: places nobody's alias, adds nobody who is forgotten.
    """
    Freshness.objects.select_for_update().filter(workspace=workspace).first()


def behind(*, version: int) -> Freshness | None:
    """The workspace that is furthest behind the version, if any is."""
    marks = Freshness.objects.filter(version__lt=version).select_related("workspace")
    return marks.order_by("version", "workspace").first()


def note(*, workspace: Workspace, after_id: int) -> None:
    """Where a worker that comes later may go on; only a hint, all contacts are looked at in the end."""
    Freshness.objects.filter(workspace=workspace).update(after_id=after_id)
