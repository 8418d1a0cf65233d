"""A workspace as pages meet it: a small universe, people with hostile names, and who is signed in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import pyarrow as pa
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from rollcall.workspaces.models import User, Workspace
from tests.personas.world import Roster, World, staff

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
HTMX = {"HX-Request": "true"}


@dataclass(frozen=True)
class HostileRoster(Roster):
    """The same people and companies, all of them named to break a page."""

    people: Sequence[tuple[int, int, str]]
    as_of: date = date(2026, 8, 1)

    def companies(self) -> pa.Table:
        return self._renamed(super().companies(), "name")

    def roster(self) -> pa.Table:
        return self._renamed(super().roster(), "full_name")

    def _renamed(self, table: pa.Table, column: str) -> pa.Table:
        names = pa.array([f"{HOSTILE} {text}" for text in table[column].to_pylist()])
        return table.set_column(table.schema.get_field_index(column), column, names)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def at(workspace: Workspace, path: str) -> str:
    """The address of a page of this workspace."""
    return f"/w/{workspace.slug}/{path}"


def queries(client: Client, address: str) -> int:
    """How many statements a page needs once what may be cached is."""
    client.get(address)
    with CaptureQueriesContext(connection) as seen:
        assert client.get(address).status_code == 200
    return len(seen)


__all__ = ["HOSTILE", "HTMX", "HostileRoster", "World", "at", "queries", "signed_in", "staff"]
