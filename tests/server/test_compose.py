"""The image and the Compose file, read as text and YAML: no Docker engine is needed for what can go wrong here."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from rollcall.server.main import app

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "compose.yaml").read_text())  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def dockerfile() -> list[tuple[str, str]]:
    text = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(line.split(None, 1)[0], line.split(None, 1)[1]) for line in lines]


def commands() -> set[str]:
    return {c.name or c.callback.__name__ for c in app.registered_commands if c.callback}


def test_every_service_is_watched_and_restarted(compose: dict[str, Any]) -> None:
    assert set(compose["services"]) == {"database", "web", "worker"}
    for name, service in compose["services"].items():
        assert service["healthcheck"]["test"], name
        assert service["restart"] == "unless-stopped", name


def test_commands_exist(compose: dict[str, Any]) -> None:
    for name in ("web", "worker"):
        service = compose["services"][name]
        for command in (service["command"], service["healthcheck"]["test"][1:]):
            assert command[0] == "rollcall-server" and command[1] in commands()


def test_no_secret_is_written_down(compose: dict[str, Any]) -> None:
    """Passwords and keys come from the environment; the absence of those that are needed stops the start."""
    for service in compose["services"].values():
        for name, value in service["environment"].items():
            if "PASSWORD" in name or "SECRET" in name or "PASSWORD" in str(value):
                absent = r":-\}$" if name == "ROLLCALL_SMTP_PASSWORD" else r":\?"
                assert re.search(r"\$\{[A-Z_]+" + absent, value), name
    example = (ROOT / "compose.env.example").read_text()
    assert "ROLLCALL_SECRET_KEY=\n" in example and "ROLLCALL_DATABASE_PASSWORD=\n" in example
    assert "ROLLCALL_SMTP_PASSWORD=\n" in example


def test_web_and_workers_share_settings_and_state(compose: dict[str, Any]) -> None:
    web, worker = compose["services"]["web"], compose["services"]["worker"]
    assert web["environment"] == worker["environment"] and web["volumes"] == worker["volumes"]
    assert web["environment"]["ROLLCALL_HTTPS"] == "1"
    assert web["ports"] == ["127.0.0.1:8321:8321"]


def test_containers_may_do_little(compose: dict[str, Any]) -> None:
    for name in ("web", "worker"):
        service = compose["services"][name]
        assert service["read_only"] and service["cap_drop"] == ["ALL"]
        assert "no-new-privileges:true" in service["security_opt"]


def test_the_image_runs_without_root(dockerfile: list[tuple[str, str]]) -> None:
    last_stage = dockerfile[max(i for i, (verb, _) in enumerate(dockerfile) if verb == "FROM") :]
    assert [rest for verb, rest in last_stage if verb == "USER"] == ["rollcall"]


def test_the_image_installs_what_is_pinned(dockerfile: list[tuple[str, str]]) -> None:
    installs = [rest for verb, rest in dockerfile if verb == "RUN" and "pip install" in rest]
    assert any("--require-hashes" in line for line in installs)
    assert all("--require-hashes" in line or "--no-index" in line for line in installs)


def test_what_the_image_copies_is_there(dockerfile: list[tuple[str, str]]) -> None:
    let_in = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    for verb, rest in dockerfile:
        if verb == "COPY" and "--from" not in rest:
            for source in rest.split()[:-1]:
                assert (ROOT / source).exists() and source.split("/")[0] in let_in, source
