"""The Python client: `with Client(url=…, key=…) as rollcall: rollcall.credits.balance()`."""

import uuid
from types import TracebackType

from rollcall.clients.alerts import Alerts, Webhooks
from rollcall.clients.analyses import Analyses
from rollcall.clients.automation_nouns import Approvals, Automations
from rollcall.clients.bounces import Bounces, Findings
from rollcall.clients.budgets import Budgets
from rollcall.clients.nouns import (
    Companies,
    Contacts,
    Credits,
    Personas,
    Quotes,
    Runs,
    Segments,
    Suppressions,
    Universe,
    Workspace,
)
from rollcall.clients.packages import Packages
from rollcall.clients.proof import Proof
from rollcall.clients.statements import Statements
from rollcall.clients.titles import Titles
from rollcall.clients.transport import ClientError, Problem, Transport, Unreachable

__all__ = ["Client", "ClientError", "Problem", "Unreachable", "new_key"]


class Client:
    """A Rollcall server as its API shows it to one key; one attribute for each noun."""

    def __init__(self, *, url: str, key: str, timeout_seconds: float = 30.0) -> None:
        self._transport = Transport(url=url, key=key, timeout_seconds=timeout_seconds)
        self.workspace = Workspace(self._transport)
        self.credits = Credits(self._transport)
        self.statements = Statements(self._transport)
        self.proof = Proof(self._transport)
        self.budgets = Budgets(self._transport)
        self.packages = Packages(self._transport)
        self.universe = Universe(self._transport)
        self.companies = Companies(self._transport)
        self.segments = Segments(self._transport)
        self.personas = Personas(self._transport)
        self.quotes = Quotes(self._transport)
        self.analyses = Analyses(self._transport)
        self.runs = Runs(self._transport)
        self.automations = Automations(self._transport)
        self.approvals = Approvals(self._transport)
        self.contacts = Contacts(self._transport)
        self.bounces = Bounces(self._transport)
        self.findings = Findings(self._transport)
        self.suppressions = Suppressions(self._transport)
        self.titles = Titles(self._transport)
        self.alerts = Alerts(self._transport)
        self.webhooks = Webhooks(self._transport)

    def close(self) -> None:
        self._transport.close()

    def __enter__(self) -> "Client":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def new_key() -> str:
    """An idempotency key that nobody else has."""
    return str(uuid.uuid4())
