"""Calling the operator's program as a shell would, inside the test's database."""

import json
from dataclasses import dataclass
from typing import Any, Protocol

import pytest

from rollcall.server import console
from rollcall.server.main import app


@dataclass
class Answer:
    """What the program left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Program(Protocol):
    def __call__(self, *arguments: str) -> Answer: ...


@pytest.fixture
def program(db: None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Program:
    """`program("grant", "meridian", "10")`, with the exit code and both outputs."""
    monkeypatch.setenv("COLUMNS", "300")

    def call(*arguments: str) -> Answer:
        capsys.readouterr()
        with pytest.raises(SystemExit) as end, console.clear_errors():
            app(list(arguments))
        written = capsys.readouterr()
        return Answer(code=int(end.value.code or 0), out=written.out, err=" ".join(written.err.split()))

    return call
