"""Walking every operation of the OpenAPI document, with ids put into its places."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rollcall.api.v1 import api

VERBS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True)
class Operation:
    """One operation as documented."""

    verb: str
    path: str
    details: dict[str, Any]

    @property
    def id(self) -> str:
        return str(self.details["operationId"])

    @property
    def places(self) -> list[str]:
        """The names of its path parameters."""
        return [p["name"] for p in self.details["parameters"] if p["in"] == "path"]

    @property
    def body(self) -> Any:
        """The documented example of its body; None where it takes none."""
        content = self.details.get("requestBody", {}).get("content", {})
        return content.get("application/json", {}).get("example")

    def route(self, ids: dict[str, str]) -> str:
        """The path under /api/v1, with the ids in their places."""
        return self.path.removeprefix("/api/v1").format(**ids)


def document() -> dict[str, Any]:
    found: dict[str, Any] = api.get_openapi_schema()
    return found


def operations() -> list[Operation]:
    return list(_operations())


def _operations() -> Iterator[Operation]:
    for path, verbs in document()["paths"].items():
        for verb, details in verbs.items():
            if verb in VERBS:
                yield Operation(verb.upper(), path, details)
