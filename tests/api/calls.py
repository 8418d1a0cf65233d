"""Calling the API with a key, through Django's test client."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.test import Client

from rollcall.credits import capped_keys
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import Workspace


@dataclass
class Caller:
    """Django's test client with a key."""

    secret: str
    client: Client = field(default_factory=lambda: Client(raise_request_exception=True))

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        sent = {"Authorization": f"Bearer {self.secret}"} | {
            k.replace("_", "-"): v for k, v in headers.items()
        }
        data = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        kind = "application/json" if body is not None else ""
        return self.client.generic(method, "/api/v1" + path, data, content_type=kind, headers=sent)

    def get(self, path: str, **headers: str) -> Any:
        return self("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self("POST", path, body, **headers)


def make_key(workspace: Workspace, actor: Actor, role: str, now: datetime) -> Caller:
    """A key of this role; its cap is more than any test has."""
    _, secret = capped_keys.create(
        workspace=workspace, name=f"{role} key", role=role, actor=actor, now=now, credits_per_month=10**9
    )
    return Caller(secret)
