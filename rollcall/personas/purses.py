"""The purse of an estimate: what budgets leave for it, spent person by person, and which of them refused whom."""

from collections import Counter
from typing import Any

from rollcall.core import ids
from rollcall.credits.budgets import Left, Room
from rollcall.personas import budgeting
from rollcall.workspaces.models import Workspace


class Purse:
    """Pays 1 credit at a time, as long as the budgets have room."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self._total = room.total
        self._of_persona = dict(room.of_persona)
        self._refused: Counter[tuple[int, str]] = Counter()
        self._lefts: dict[tuple[int, str], Left] = {}

    def pay(self, persona_id: int) -> bool:
        """Whether the budgets have a credit left for someone whom this persona is the first to find."""
        if self._total is None and not self._of_persona:
            return True
        if self._total is not None and self._total <= 0:
            return self._refuse(self._room.binding)
        own = self._of_persona.get(persona_id)
        if own is not None and own <= 0:
            return self._refuse(self._room.binding_of_persona[persona_id])
        if self._total is not None:
            self._total -= 1
        if own is not None:
            self._of_persona[persona_id] = own - 1
        return True

    def refusals(self, workspace: Workspace) -> list[dict[str, Any]]:
        """Which budgets left people out, by name, and what they had left before this search; most people first."""
        if not self._refused:
            return []
        lefts = [self._lefts[key] for key, _ in self._refused.most_common()]
        names = budgeting.names(workspace=workspace, wanted=[(left.budget, left.subject) for left in lefts])
        return [
            {
                "budget": ids.public("bud", left.budget.pk),
                "name": name,
                "left": left.credits,
                "people": self._refused[left.budget.pk, left.subject],
            }
            for left, name in zip(lefts, names, strict=True)
        ]

    def _refuse(self, left: Left | None) -> bool:
        assert left is not None
        key = (left.budget.pk, left.subject)
        self._lefts[key] = left
        self._refused[key] += 1
        return False
