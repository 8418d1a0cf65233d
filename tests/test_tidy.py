"""The house rules that a program can check: sizes, captions, names, the map, generated pages, parity of interfaces."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts import generated

ROOT = generated.ROOT
LINES_MAX, FUNCTION_LINES_MAX, README_LINES_MAX = 400, 60, 80
FORBIDDEN_NAMES = {
    "services",
    "service",
    "utils",
    "util",
    "helpers",
    "helper",
    "manager",
    "managers",
    "common",
    "misc",
}
ROOMS = ["workspaces", "notices", "credits", "universe", "contacts", "segments", "personas"]
TEXTS = {".py", ".md", ".toml", ".txt", ".in", ".yaml", ".yml", ".html", ".css", ".js", ".sh", ""}
# Built from pieces so that this file does not find itself.
INDEX_HOSTS = re.compile(
    "|".join(["py" + r"pi\.org", "python" + "hosted", "extra-" + "index", r"://\S+/simp" + r"le\b"])
)
UNFINISHED = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")


def sources() -> list[Path]:
    """What people wrote in Python: product, tests, scripts, benchmarks."""
    rooms = [ROOT / name for name in ("rollcall", "tests", "scripts", "benchmarks")]
    return sorted(p for room in rooms for p in room.rglob("*.py") if "migrations" not in p.parts)


def texts() -> Iterator[Path]:
    """Every text file of the project."""
    top = [p for p in ROOT.iterdir() if p.is_file() and not p.name.startswith(".git")]
    rooms = [
        ROOT / name for name in ("rollcall", "tests", "scripts", "benchmarks", "docs", "requirements", ".ci")
    ]
    for path in top + [p for room in rooms for p in room.rglob("*") if p.is_file()]:
        if path.suffix in TEXTS and "__pycache__" not in path.parts and path.name != "LICENSE":
            yield path


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_files_fit_in_the_head() -> None:
    long = {name(p): n for p in sources() if (n := len(p.read_text().splitlines())) > LINES_MAX}
    assert long == {}


def test_functions_fit_on_the_screen() -> None:
    long = {}
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
                lines = node.end_lineno - node.lineno + 1
                if lines > FUNCTION_LINES_MAX:
                    long[f"{name(path)}:{node.name}"] = lines
    assert long == {}


def test_every_module_has_a_caption() -> None:
    """One line that ends like a sentence and fits the map."""
    bad = {name(p): c for p in generated.modules() if not (c := generated.caption(p)) or len(c) > 120}
    assert bad == {}


def test_names_say_what_is_inside() -> None:
    paths = [p for p in (ROOT / "rollcall").rglob("*") if p.is_dir() or p.suffix == ".py"]
    assert [name(p) for p in paths if p.stem in FORBIDDEN_NAMES] == []


@pytest.mark.parametrize("room", ROOMS)
def test_each_room_has_a_short_readme(room: str) -> None:
    lines = (ROOT / "rollcall" / room / "README.md").read_text().splitlines()
    assert 5 < len(lines) <= README_LINES_MAX


@pytest.mark.parametrize("page", list(generated.GENERATED), ids=lambda page: str(page))
def test_generated_pages_are_up_to_date(page: str) -> None:
    """If this fails, run `make docs` and commit what it wrote."""
    assert (ROOT / page).read_text() == generated.pages()[ROOT / page]


def test_every_error_says_what_happened_and_what_to_do() -> None:
    """Its docstring is its message: its own, a sentence, not its parent's."""
    silent = []
    for cls in generated.error_classes():
        text = " ".join((cls.__dict__.get("__doc__") or "").split())
        if len(text) < 20 or text[-1] not in ".!?}":
            silent.append(f"{cls.__module__}.{cls.__name__}: {text}")
    assert silent == []


def test_nothing_names_a_package_index() -> None:
    """Whoever installs decides where packages come from."""
    assert [name(p) for p in texts() if INDEX_HOSTS.search(p.read_text(errors="replace"))] == []


def test_nothing_is_left_unfinished() -> None:
    assert [name(p) for p in texts() if UNFINISHED.search(p.read_text(errors="replace"))] == []


def test_links_between_pages_lead_somewhere() -> None:
    dead = []
    for page in [p for p in texts() if p.suffix == ".md"]:
        for target in re.findall(r"\]\(([^)#\s]+)", page.read_text()):
            if "://" not in target and not (page.parent / target).exists():
                dead.append(f"{name(page)}: {target}")
    assert dead == []


def test_every_sweep_is_known_to_the_worker() -> None:
    """A sweep that no worker imports never runs."""
    from rollcall.server.commands import serving

    found = {
        name(p).removesuffix(".py").replace("/", ".")
        for p in generated.modules()
        if "jobs.sweep(" in p.read_text() and p.name != "jobs.py"
    }
    assert found == set(serving.SWEEPING)
