"""The form that says what the columns of a file mean: one row for each of our fields, and the terms of the whole."""

import json
from datetime import UTC, date, datetime
from typing import Any

from django import forms

from rollcall.core.errors import RollcallError
from rollcall.universe.sources import files, naming
from rollcall.universe.sources.files import Mapping
from rollcall.web import mapping_fields
from rollcall.web.grant_form import day_field

FILE_BYTES_MAX = 2**20
# A list of thousands of columns in each of 28 rows is more than a page can hold; a mapping file can name any.
COLUMNS_MAX = 250
_PLAIN = {"class": "plain"}
KINDS = [
    ("records", "Single people: absence says nothing"),
    ("roster", "A full roster: everybody at its companies; who is missing has left"),
    ("companies", "Companies only, without people"),
]


class MappingForm(forms.Form):
    """A mapping, but for what only a file can say: that is kept as it was (`kept`).

    Args:
        columns: those of the file.
        way: how the file is read (`Mapping.file`).
    """

    source = forms.CharField(
        label="Source", max_length=100,
        help_text="Whose data it is, the same for every file of it: small letters, digits, underscores.",
    )  # fmt: skip
    kind = forms.ChoiceField(label="The file holds", choices=KINDS, widget=forms.RadioSelect)
    as_of = day_field("As of", "The day that the file shows.")
    licence = forms.CharField(
        label="Licence",
        max_length=500,
        help_text="Such as own records, or Example Ltd, contract of 2026-01-15.",
    )
    lawful_basis = forms.CharField(
        label="Lawful basis", max_length=500, help_text="Such as legitimate interest, assessed 2026-02-01."
    )
    is_strict = forms.BooleanField(
        label="Refuse rows with a value that cannot be read", required=False,
        help_text="Otherwise the value alone is left out, of fields that may be empty.",
    )  # fmt: skip
    kept = forms.CharField(widget=forms.HiddenInput, required=False, max_length=200_000)
    way = forms.CharField(widget=forms.HiddenInput, required=False, max_length=2_000)
    mapping_file = forms.FileField(
        label="Mapping file", required=False, help_text="TOML or JSON, as the command line uses it.",
        widget=forms.ClearableFileInput(attrs={"accept": ".toml,.json"}),
    )  # fmt: skip

    def __init__(self, *given: Any, columns: list[str], **more: Any) -> None:
        super().__init__(*given, **more)
        self.columns = mapping_fields.keys(columns)
        self._complicated = self._read_kept()
        for name, (label, _) in mapping_fields.FIELDS.items():
            self.fields[name] = forms.ChoiceField(
                label=label, required=False, choices=self._choices(name), widget=forms.Select(_PLAIN),
                error_messages={"invalid_choice": "The file is read in another way by now. Choose the column again."},
            )  # fmt: skip
            self.fields[f"{name}-value"] = forms.CharField(
                label=f"{label}, value", required=False, max_length=1_000, widget=forms.TextInput(_PLAIN)
            )
            if name.partition("-")[2] in mapping_fields.DAYS:
                self.fields[f"{name}-format"] = forms.CharField(
                    label=f"{label}, written as", required=False, max_length=40,
                    widget=forms.TextInput(_PLAIN | {"placeholder": "Written like 2026-01-31"}),
                )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """`mapping`, when nothing is wrong."""
        given = super().clean() or {}
        self._clean_source(given)
        rooms: dict[str, dict[str, Any]] = {"people": {}, "company": {}}
        only = ("people-last_seen",) if given.get("kind") == "companies" else None
        for name in mapping_fields.FIELDS:
            room, _, field = name.partition("-")
            if room == "company" or only is None or name in only:
                origin = self._origin(name, given)
                rooms[room] |= {field: origin} if origin is not None else {}
        self._clean_needed(given, rooms)
        if not self.errors:
            self._make(given, rooms)
        return given

    def _make(self, given: dict[str, Any], rooms: dict[str, Any]) -> None:
        try:
            given["mapping"] = files.make(
                source=given["source"],
                kind=given["kind"],
                licence=given["licence"],
                lawful_basis=given["lawful_basis"],
                bad_values="reject" if given["is_strict"] else "leave_out",
                file=_json(given.get("way", "")),
                **rooms,
            )
        except RollcallError as error:
            self.add_error(None, error.message)

    def _clean_source(self, given: dict[str, Any]) -> None:
        if "source" in given:
            try:
                naming.check(given["source"])
            except naming.BadSourceName as error:
                self.add_error("source", error.message)
        if not given.get("as_of") and "as_of" not in self.errors:
            self.add_error("as_of", "Give the day that the file shows, such as when it was exported.")

    def _clean_needed(self, given: dict[str, Any], rooms: dict[str, dict[str, Any]]) -> None:
        people, company = rooms["people"], rooms["company"]
        if given.get("kind") in ("roster", "records"):
            if (
                not {"full_name", "first_name", "last_name"} & people.keys()
                and "people-full_name" not in self.errors
            ):
                self.add_error(
                    "people-full_name", "Choose the column of the name; or those of first and last name."
                )
            if "title" not in people and not any(name.startswith("people-title") for name in self.errors):
                self.add_error("people-title", "Choose the column of the job title.")
        if not {"domain", "name", "company_id"} & company.keys() and "company-domain" not in self.errors:
            self.add_error("company-domain", "Choose a column that names the company: domain, name or id.")

    def _origin(self, name: str, given: dict[str, Any]) -> Any:
        """Where the value comes from, as a mapping writes it; None if it is not in the file."""
        chosen, value, form = (
            given.get(name, ""),
            given.get(f"{name}-value", ""),
            given.get(f"{name}-format", ""),
        )
        if chosen and value:
            self.add_error(f"{name}-value", "Choose a column, or give a value for every row; not both.")
        elif value:
            return {"value": value}
        elif chosen == mapping_fields.KEEP:
            origin = mapping_fields.read(self._complicated.get(name))
            missing = (
                [column for column in origin.columns if column not in self.columns.values()] if origin else []
            )
            if missing:
                self.add_error(name, f"The file has no column {missing[0][:80]!r}. Choose another one.")
            return self._complicated.get(name)
        elif chosen:
            if form and not _is_format(form):
                self.add_error(f"{name}-format", "Write it like %d/%m/%Y for 31/01/2026.")
            return {"columns": [self.columns[chosen]]} | ({"formats": [form]} if form else {})
        return None

    def _choices(self, name: str) -> list[tuple[str, str]]:
        choices = [("", "Not in the file")]
        origin = mapping_fields.read(self._complicated.get(name))
        if origin is not None:
            choices.append((mapping_fields.KEEP, mapping_fields.words(origin)))
        shown = list(self.columns.items())
        chosen = self.initial.get(name)
        return [*choices, *shown[:COLUMNS_MAX], *(item for item in shown[COLUMNS_MAX:] if item[0] == chosen)]

    def _read_kept(self) -> dict[str, Any]:
        text = self.data.get("kept", "") if self.is_bound else self.initial.get("kept", "")
        found = _json(text)
        return {name: found[name] for name in mapping_fields.FIELDS if mapping_fields.read(found.get(name))}


def start(
    *, columns: list[str], rooms: dict[str, Any], terms: dict[str, Any], way: dict[str, Any]
) -> MappingForm:
    """The form filled in with what is suggested, was used before, or stands in a file."""
    initial = mapping_fields.initial(rooms, columns) | terms | {"way": json.dumps(way)}
    return MappingForm(columns=columns, initial=initial)


def of_mapping(mapping: Mapping, *, columns: list[str], as_of: date | None) -> MappingForm:
    plain = mapping.plain()
    terms = {name: plain[name] for name in ("source", "kind", "licence", "lawful_basis")}
    terms |= {"is_strict": mapping.bad_values == "reject", "as_of": as_of or mapping.as_of}
    return start(columns=columns, rooms=plain, terms=terms, way=plain.get("file", {}))


def rows(form: MappingForm, room: str, told: dict[str, Any]) -> list[dict[str, Any]]:
    """For the template: of each of our fields its controls, and what was guessed."""
    found = []
    for name, (label, hint) in mapping_fields.FIELDS.items():
        if name.startswith(f"{room}-"):
            way = form[f"{name}-format"] if f"{name}-format" in form.fields else None
            controls = {"column": form[name], "value": form[f"{name}-value"], "way": way}
            found.append(controls | {"label": label, "hint": hint, "guess": told.get(name)})
    return found


def label(name: str) -> str:
    """`label("people-title") == "Job title"`"""
    return mapping_fields.FIELDS[name][0]


def _json(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _is_format(form: str) -> bool:
    day = datetime(2026, 1, 31, tzinfo=UTC)
    try:
        return "%" in form and datetime.strptime(day.strftime(form), form).date() == day.date()  # noqa: DTZ007
    except ValueError:
        return False
