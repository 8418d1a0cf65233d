"""A database of its own that survives the death of the programs that use it: for races and crashes."""

import json
import os
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from tests import forked, migrated


@dataclass
class Installation:
    """Where it lives; programs are started against it as separate processes."""

    home: Path
    address: str
    programs: str = "tests.credits.programs"

    def start(self, act: str, *, faults: str = "", **given: Any) -> forked.Program:
        """Start one act of `programs` in a process of its own."""
        return forked.Program(["-m", self.programs, act, json.dumps(given)], env=self._environment(faults))

    def answer(self, process: forked.Program) -> Any:
        """What the program printed, once it ended well."""
        out, _ = process.communicate()
        assert process.returncode == 0, (process.args, process.returncode)
        return json.loads(out)

    def run(self, act: str, **given: Any) -> Any:
        return self.answer(self.start(act, **given))

    def copy(self, home: Path) -> "Installation":
        """The same in another folder: database and universe."""
        shutil.copytree(self.home, home, dirs_exist_ok=True)
        if not self.address:
            return replace(self, home=home)
        name, mine = f"rollcall_{uuid4().hex}", urlsplit(self.address).path.lstrip("/")
        return replace(self, home=home, address=migrated.create(self.address, name, like=mine))

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
    """An empty, migrated database."""
    return fresh(tmp_path_factory.mktemp("template"), os.environ.get("ROLLCALL_DATABASE_URL", ""))


def fresh(home: Path, server: str) -> Installation:
    return Installation(home, migrated.copy(home, server=server, name=f"rollcall_{uuid4().hex}"))


@pytest.fixture
def installation(template: Installation, tmp_path: Path) -> Installation:
    """A copy of it for one test."""
    return template.copy(tmp_path)
