"""Budgets: the noun, and what the API answers about one, key for key."""

from typing import TypedDict, cast

from rollcall.clients.nouns import Noun, at


class BudgetUse(TypedDict):
    subject: str
    name: str
    used: int
    reserved: int
    left: int


class Budget(TypedDict):
    id: str
    name: str
    scope: str
    subject: str
    subject_name: str
    period: str
    limit: int
    is_hard: bool
    used: int
    reserved: int
    left: int
    period_key: str
    ends_at: str | None
    uses: list[BudgetUse]
    created_by: str
    created_at: str


class Budgets(Noun):
    """Caps on what may be spent."""

    def list(self) -> list[Budget]:
        return cast("list[Budget]", self._get("/budgets")["items"])

    def create(
        self, *, scope: str, period: str, limit: int, subject: str = "", is_hard: bool = True
    ) -> Budget:
        body = {"scope": scope, "subject": subject, "period": period, "limit": limit, "is_hard": is_hard}
        return cast(Budget, self._post("/budgets", body))

    def update(self, budget_id: str, *, limit: int) -> Budget:
        answer = self._transport.send("PATCH", at("budgets", budget_id), body={"limit": limit})
        return cast(Budget, answer.body)

    def end(self, budget_id: str) -> None:
        self._transport.send("DELETE", at("budgets", budget_id))
