"""Proof: the noun, and what the API answers about it, key for key."""

from collections.abc import Mapping
from typing import Any, TypedDict, cast

from rollcall.clients.nouns import Noun


class Check(TypedDict):
    code: str
    title: str
    ok: bool
    bad: list[str]
    note: str


class ProofFound(TypedDict):
    ok: bool
    checks: list[Check]


class Checkpoint(TypedDict):
    workspace: str
    number: int
    entry: str | None
    hash: str
    at: str
    sealed: int
    unsealed: int


class Checked(TypedDict):
    ok: bool
    words: str
    bad: list[str]


class Proof(Noun):
    """Whether the ledger adds up, and whether it was changed since a checkpoint."""

    def read(self) -> ProofFound:
        return cast(ProofFound, self._get("/credits/proof"))

    def checkpoint(self) -> Checkpoint:
        return cast(Checkpoint, self._get("/credits/checkpoint"))

    def check(self, checkpoint: Mapping[str, Any]) -> Checked:
        return cast(Checked, self._post("/credits/checkpoint/check", dict(checkpoint)))
