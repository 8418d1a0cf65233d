"""What a workspace calls itself and which clock it lives by: days, weeks and months of budgets end by that clock."""

from datetime import datetime
from functools import cache
from zoneinfo import available_timezones

from rollcall.core import ids, transactions
from rollcall.core.errors import Invalid
from rollcall.workspaces import audit
from rollcall.workspaces.access import Actor
from rollcall.workspaces.members import NameNeeded
from rollcall.workspaces.models import Workspace

NAME_MAX = 120
# Names of machines rather than of places: they stay known for old data, and nobody is offered them.
_NOT_PLACES = ("Etc/", "SystemV/", "posix/", "right/", "localtime", "Factory")


class UnknownTimeZone(Invalid):
    """There is no time zone {time_zone!r}. Write its name as in Europe/Zurich or America/New_York, or UTC."""


def update(
    *,
    workspace: Workspace,
    actor: Actor,
    now: datetime,
    name: str | None = None,
    time_zone: str | None = None,
) -> Workspace:
    """Change what is given; the address of the workspace stays as it is.

    A new time zone counts from now on: what was counted for a day, week or month stays counted for it, since the
    counter keeps the date. Going west the clock may fall back into a day whose budget was partly used: that day goes
    on. Going east the next day begins earlier. No day's budget is ever given twice.

    Raises:
        NameNeeded, UnknownTimeZone
    """
    if name is not None:
        name = " ".join(name.split())
        if not name or len(name) > NAME_MAX or "\0" in name:
            raise NameNeeded()
    if time_zone is not None and time_zone not in time_zones():
        raise UnknownTimeZone(time_zone=time_zone[:60])
    wanted = {"name": name, "time_zone": time_zone}

    def work() -> Workspace:
        locked = Workspace.objects.select_for_update(no_key=True).get(pk=workspace.pk)
        changed = {
            key: value for key, value in wanted.items() if value is not None and value != getattr(locked, key)
        }
        if changed:
            before = {key: getattr(locked, key) for key in changed}
            for key, value in changed.items():
                setattr(locked, key, value)
            locked.save(update_fields=list(changed))
            audit.write(
                workspace=locked,
                actor=actor,
                action="workspace.updated",
                target=ids.public("ws", locked.pk),
                now=now,
                detail={"before": before, "after": changed},
            )
        return locked

    return transactions.run(work)


@cache
def time_zones() -> tuple[str, ...]:
    """The names that can be chosen, by name."""
    return tuple(sorted(name for name in available_timezones() if not name.startswith(_NOT_PLACES)))
