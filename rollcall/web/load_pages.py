"""What the pages of a load show: its steps, how far it is, what was guessed and what a check found."""

from typing import Any

from django.urls import reverse

from rollcall.core import ids
from rollcall.universe.loads import carrying
from rollcall.universe.models import SourceLoad
from rollcall.web import mapping_form
from rollcall.web.mapping_form import KINDS, MappingForm

State, Task = SourceLoad.State, SourceLoad.Task
_STEPS = (("File", Task.LOOK), ("Columns", ""), ("Check", Task.CHECK), ("Load", Task.LOAD))
_TONES = {
    State.DONE: "ok",
    State.FAILED: "bad",
    State.CANCELLED: "warn",
    State.CHECKED: "acc",
    State.LOOKED: "acc",
}
_ICONS = {State.DONE: "check", State.FAILED: "circle-x", State.CANCELLED: "circle-slash"}
_SHOWN_COLUMNS = 12
_HEADLINES = {
    Task.LOOK: "Looking at the file",
    Task.CHECK: "Checking every row",
    Task.LOAD: "Loading",
}


def badge(load: SourceLoad) -> dict[str, str]:
    """Its state: words, tone and icon."""
    state = State(load.state)
    return {
        "text": load.get_state_display(),
        "tone": _TONES.get(state, "line"),
        "icon": _ICONS.get(state, "activity" if load.state in SourceLoad.ACTIVE else "clipboard-list"),
    }


def show(load: SourceLoad) -> dict[str, Any]:
    """Context of `operator/load.html`."""
    report = load.report or {}
    return progress(load) | {
        "title": load.name,
        "steps": _steps(load),
        "badge": badge(load),
        "facts": _facts(load),
        "looked": _looked(load),
        "report": report,
        "may_load": load.state == State.CHECKED and bool(report.get("accepted")),
        "may_map": load.preview is not None and load.state in (State.LOOKED, State.CHECKED, State.FAILED),
        "has_rejected": bool(report.get("rejected")) and carrying.rejected_path(load.pk).is_file(),
        "is_over": load.state in SourceLoad.ENDED,
        "has_mapping": load.mapping is not None,
        "learned": _learned(load),
        "wants_other_way": load.state == State.FAILED and load.task == Task.LOOK,
    }


def progress(load: SourceLoad) -> dict[str, Any]:
    """Context of `operator/load_progress.html`."""
    total = (load.report or {}).get("rows_read") if load.task == Task.LOAD else None
    is_waiting = load.state == State.WAITING
    return {
        "load": load,
        "is_active": load.state in SourceLoad.ACTIVE,
        "is_publishing": load.phase == SourceLoad.PUBLISHING,
        "headline": "Waiting for a worker" if is_waiting else _HEADLINES[Task(load.task)],
        "total": total,
        "progress_url": reverse("operator_load_progress", args=[ids.public("lod", load.pk)]),
    }


def mapping(load: SourceLoad, form: MappingForm) -> dict[str, Any]:
    """Context of `operator/load_mapping.html`."""
    preview = load.preview or {}
    guessed = {
        guess["field"].replace(".", "-"): guess
        for guess in preview.get("suggestion", {}).get("guesses", [])
        if guess["is_used"]
    }
    examples = {column["name"]: column["examples"][:1] for column in preview.get("columns", [])}
    for guess in guessed.values():
        guess["example"] = next(iter(examples.get(guess["column"], [])), "")
        guess["percent"] = round(guess["confidence"] * 100)
    return {
        "title": f"Columns of {load.name}",
        "load": load,
        "form": form,
        "steps": _steps(load, at=1),
        "rooms": [
            ("people", "People", mapping_form.rows(form, "people", guessed)),
            ("company", "Companies", mapping_form.rows(form, "company", guessed)),
        ],
        "too_many": max(0, len(form.columns) - mapping_form.COLUMNS_MAX),
        "columns_max": mapping_form.COLUMNS_MAX,
    }


def _steps(load: SourceLoad, at: int | None = None) -> list[dict[str, Any]]:
    """How far the wizard is: File, Columns, Check, Load."""
    reached = {Task.LOOK: 0, Task.CHECK: 2, Task.LOAD: 3}[Task(load.task)]
    if load.state == State.LOOKED:
        reached = 1
    if load.state == State.CHECKED:
        reached = 3
    now = reached if at is None else at
    if load.state == State.DONE:
        now = len(_STEPS)
    wrong = load.state in (State.FAILED, State.CANCELLED) and at is None
    return [
        {"name": name, "state": _of_step(number, now, wrong), "at": None}
        for number, (name, _) in enumerate(_STEPS)
    ]


def _of_step(number: int, now: int, is_wrong: bool) -> str:
    if number < now:
        return "done"
    if number > now:
        return "next"
    return "declined" if is_wrong else "now"


def _facts(load: SourceLoad) -> list[dict[str, Any]]:
    """Where it comes from and on what terms it is held."""
    said = load.mapping or {}
    kinds = dict(KINDS)
    where = "Uploaded" if load.place_kind == SourceLoad.Place.UPLOAD else load.place
    told = [
        ("From", where), ("Source", load.source), ("Holds", kinds.get(said.get("kind", ""), "").partition(":")[0]),
        ("As of", load.as_of.isoformat() if load.as_of else ""), ("Licence", said.get("licence")),
        ("Lawful basis", said.get("lawful_basis")), ("Asked for by", load.actor_label),
    ]  # fmt: skip
    return [{"label": label, "value": value} for label, value in told if value]


def _looked(load: SourceLoad) -> dict[str, Any] | None:
    """The columns with what they probably are, and the first rows."""
    preview = load.preview
    if preview is None:
        return None
    guesses = {guess["column"]: guess for guess in preview["suggestion"]["guesses"] if guess["is_used"]}
    columns = [
        column | {"percent": round(column["filled"] * 100), "guess": _worded(guesses.get(column["name"]))}
        for column in preview["columns"]
    ]
    names = [column["name"] for column in columns[:_SHOWN_COLUMNS]]
    told = {name: preview.get(name) for name in ("kind", "encoding", "delimiter", "sheet", "files")}
    return told | {
        "columns": columns,
        "names": names,
        "more_columns": max(0, len(columns) - _SHOWN_COLUMNS),
        "rows": [[row.get(name) or "" for name in names] for row in preview["rows"][:8]],
        "unreadable": preview["unreadable_rows"],
    }


def _worded(guess: dict[str, Any] | None) -> dict[str, Any] | None:
    if guess is None:
        return None
    name = guess["field"].replace(".", "-")
    label = mapping_form.label(name)
    return {"label": label, "percent": round(guess["confidence"] * 100), "reason": guess["reason"]}


def _learned(load: SourceLoad) -> list[tuple[str, Any]]:
    told = load.learned or {}
    names = (
        ("New people", "new_people"), ("New companies", "new_companies"), ("Joined", "joined"), ("Left", "left"),
        ("Changed title", "title_changed"), ("Doubtful pairs", "doubtful"),
    )  # fmt: skip
    return [(label, told.get(name)) for label, name in names if name in told]
