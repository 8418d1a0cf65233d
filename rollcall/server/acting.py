"""Who acts when the operator types a command: whoever has a shell here is trusted, and the records say so."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rollcall.workspaces.access import Actor


def operator() -> "Actor":
    """The operator at the command line."""
    from rollcall.workspaces.access import Actor

    return Actor(ref="system:rollcall-server", label="Operator", is_operator=True)
