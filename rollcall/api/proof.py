"""Proof: whether the ledger adds up, and checkpoints that show later that nothing in it was changed."""

from typing import Annotated, Any

from pydantic import Field

from rollcall.api.keys import Request
from rollcall.api.routes import Noun
from rollcall.api.shapes import Count, Given, Instant, Shown
from rollcall.core import clock
from rollcall.credits import chain
from rollcall.personas import proof

noun = Noun("proof")
Words = Annotated[str, Field(examples=["The chain contains this checkpoint."])]
Text = Annotated[str, Field(max_length=80)]


class CheckShown(Shown):
    """One rule of the ledger, and the first rows that break it."""

    code: str = Field(examples=["L1"])
    title: str = Field(
        examples=["Each entry's legs add up to 0, to its balance change, and to its amount by its kind"]
    )
    ok: bool
    bad: list[str] = Field(examples=[[]])
    note: str = Field(examples=[""], description="What the rule cannot say, though it holds.")


class ProofShown(Shown):
    """Every balance computed again from the entries alone, and every rule checked."""

    ok: bool
    checks: list[CheckShown]


class CheckpointShown(Shown):
    """The last link of the chain over the workspace's entries. Keep it outside of the installation."""

    workspace: str = Field(examples=["ws_1"])
    number: Count = Field(description="How many links the chain has.")
    entry: str | None = Field(examples=["ent_412"], description="The last entry sealed.")
    hash: str = Field(min_length=64, max_length=64, examples=["9f" * 32])
    at: Instant
    sealed: Count
    unsealed: Count = Field(description="Entries so new that they are not sealed yet.")


class CheckpointGiven(Given):
    """A checkpoint as it was given out."""

    workspace: Text = Field(examples=["ws_1"])
    number: int = Field(ge=0, le=2**63 - 1, examples=[0])
    entry: Text | None = Field(default=None, examples=["ent_412"])
    hash: str = Field(min_length=64, max_length=64, examples=["0" * 64])
    at: Text = Field(examples=["2026-11-22T12:00:00+00:00"])
    sealed: int = Field(ge=0, le=2**63 - 1, examples=[0])
    unsealed: int = Field(ge=0, le=2**63 - 1, examples=[0])


class CheckedShown(Shown):
    """Whether the chain still contains the checkpoint; if not, the first links that do not fit."""

    ok: bool
    words: Words
    bad: list[str] = Field(examples=[[]])


@noun.operation("GET", "/credits/proof", permission="credits.see", answer=ProofShown)
def proof_read(request: Request) -> ProofShown:
    """Prove the workspace's ledger from its entries alone."""
    found = proof.prove(workspace=request.auth.workspace)
    checks = [CheckShown(code=c.code, title=c.title, ok=c.ok, bad=c.bad, note=c.note) for c in found.checks]
    return ProofShown(ok=found.ok, checks=checks)


@noun.operation("GET", "/credits/checkpoint", permission="credits.see", answer=CheckpointShown)
def proof_checkpoint(request: Request) -> CheckpointShown:
    """A checkpoint to keep: with it, a change of anything before can be shown later."""
    made: dict[str, Any] = chain.checkpoint(workspace=request.auth.workspace, now=clock.now())
    return CheckpointShown(**made)


@noun.operation("POST", "/credits/checkpoint/check", permission="credits.see", answer=CheckedShown)
def proof_check(request: Request, body: CheckpointGiven) -> CheckedShown:
    """Whether all that was sealed up to a checkpoint is still as it was."""
    found = chain.check(workspace=request.auth.workspace, checkpoint=body.model_dump())
    return CheckedShown(ok=found.ok, words=found.words, bad=found.bad)
