"""A database of its own that survives the death of the programs that use it: for races and crashes."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg
import pytest

ROOT = Path(__file__).parents[2]
TIMEOUT_SECONDS = 120


@dataclass
class Installation:
    """Where it lives; programs are started against it as separate processes."""

    home: Path
    address: str
    programs: str = "tests.credits.programs"

    def start(self, act: str, *, faults: str = "", **given: Any) -> "subprocess.Popen[str]":
        """Start one act of `programs` in a process of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", self.programs, act, json.dumps(given)],
            cwd=ROOT,
            env=self._environment(faults),
            stdout=subprocess.PIPE,
            text=True,
        )

    def answer(self, process: "subprocess.Popen[str]") -> Any:
        """What the program printed, once it ended well."""
        out, _ = process.communicate(timeout=TIMEOUT_SECONDS)
        assert process.returncode == 0, (process.args, process.returncode)
        return json.loads(out)

    def run(self, act: str, **given: Any) -> Any:
        return self.answer(self.start(act, **given))

    def migrate(self) -> None:
        subprocess.run(
            [sys.executable, "-m", "django", "migrate", "--verbosity=0"],
            cwd=ROOT,
            env=self._environment(""),
            check=True,
            timeout=TIMEOUT_SECONDS,
        )

    def copy(self, home: Path) -> "Installation":
        """The same in another folder: database and universe."""
        shutil.copytree(self.home, home, dirs_exist_ok=True)
        if not self.address:
            return replace(self, home=home)
        name = f"rollcall_{abs(hash(home))}"
        return replace(self, home=home, address=_create(self.address, name, template=_name(self.address)))

    def _environment(self, faults: str) -> dict[str, str]:
        return {
            **os.environ,
            "ROLLCALL_HOME": str(self.home),
            "ROLLCALL_DATABASE_URL": self.address,
            "ROLLCALL_FAULTS": faults,
            "DJANGO_SETTINGS_MODULE": "rollcall.settings",
        }


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """An empty, migrated database, made once."""
    home = tmp_path_factory.mktemp("template")
    server = os.environ.get("ROLLCALL_DATABASE_URL")
    made = Installation(home, _create(server, f"rollcall_template_{uuid4().hex}") if server else "")
    made.migrate()
    return made


@pytest.fixture
def installation(template: Installation, tmp_path: Path) -> Installation:
    """A copy of it for one test."""
    return template.copy(tmp_path)


def _create(server: str, name: str, template: str = "template1") -> str:
    with psycopg.connect(_named(server, "postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    return _named(server, name)


def _name(address: str) -> str:
    return urlsplit(address).path.lstrip("/")


def _named(server: str, name: str) -> str:
    return urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
