"""Named fault points: places where a crash must do no harm; off unless ROLLCALL_FAULTS switches one on."""

import os
import signal

from rollcall.core.errors import RollcallError

POINTS: dict[str, str] = {}
_KILL, _RAISE = "kill", "raise"


class FaultInjected(RollcallError):
    """The fault point {name} was switched on by ROLLCALL_FAULTS; unset it to go on."""


def declare(name: str, meaning: str) -> str:
    """Register a fault point when its module is imported; `rollcall-server doctor --faults` lists them."""
    POINTS[name] = meaning
    return name


def point(name: str) -> None:
    """Do nothing; or, if ROLLCALL_FAULTS holds `name=kill` or `name=raise`, kill this process or raise.

    `name=kill@3` acts on the third pass only.
    """
    switched_on = os.environ.get("ROLLCALL_FAULTS")
    if switched_on:
        _act(name, switched_on)


_passes: dict[str, int] = {}


def _act(name: str, switched_on: str) -> None:
    wanted = dict(part.split("=", 1) for part in switched_on.split(",") if "=" in part)
    if name not in wanted:
        return
    action, _, nth = wanted[name].partition("@")
    _passes[name] = _passes.get(name, 0) + 1
    if nth and _passes[name] != int(nth):
        return
    if action == _KILL:
        os.kill(os.getpid(), signal.SIGKILL)
    if action == _RAISE:
        raise FaultInjected(name=name)
