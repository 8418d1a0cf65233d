"""An operator loads a file on pages: upload, look, mapping, check, load."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from rollcall.core import clock
from rollcall.universe import ingest, records, versions
from rollcall.universe.loads import asking, carrying, sweeps, uploads
from rollcall.universe.models import SourceLoad
from rollcall.universe.sources import files
from rollcall.workspaces.models import AuditEntry, User
from tests.universe.files import ANN, csv_bytes, mapping
from tests.web.loading import CSV, begun, checked, errors, form, left_behind, newest, upload, work
from tests.web.world import HTMX, signed_in


@pytest.fixture
def desk(operator: User) -> Client:
    return signed_in(operator)


def test_it_works(desk: Client, home: Path) -> None:
    """From the desk to a published version, each step by its own page."""
    assert "/operator/sources" in desk.get("/operator").content.decode()
    assert "No file was loaded here yet" in desk.get("/operator/sources").content.decode()
    answer = upload(desk)
    address = answer["Location"]
    waiting = desk.get(address).content.decode()
    assert "Waiting for a worker" in waiting and 'http-equiv="refresh"' in waiting
    work()
    looked = desk.get(address).content.decode()
    assert "Ann Lee" in looked and "Job title" in looked and "100%" in looked
    report = checked(desk, address, **{"people-last_seen": ""})
    assert "What would be loaded" in report and "Load it" in report
    assert desk.post(f"{address}/load").status_code == 302
    work()
    done = desk.get(address).content.decode()
    assert "Loaded as version 1" in done and "New people" in done
    assert versions.current() == 1 and versions.get(1).profiles == 3
    assert versions.get(1).manifest["terms"]["crm"]["lawful_basis"] == "legitimate interest"
    listed = desk.get("/operator/sources").content.decode()
    assert "people_2026-01.csv" in listed and "Loaded" in listed and "Olga Brandt" in listed
    assert left_behind(home) == [], "the copy is gone with the load"
    target = f"lod_{newest().pk}"
    assert list(AuditEntry.objects.filter(target=target).order_by("pk").values_list("action", flat=True)) == [
        "source_load.begin", "source_load.check", "source_load.load",
    ]  # fmt: skip


def test_rejected_rows_are_counted_and_handed_back(desk: Client) -> None:
    """A formula in a cell stays text for whoever opens the file."""
    evil = ["9", "", "=cmd|' /C calc'!A0", "Acme", "acme.com", "2026-01-31", "5"]
    address = begun(desk, csv_bytes(ANN, evil))
    page = checked(desk, address)
    assert "The row names no person." in page and "Rejected rows" in page
    answer = desk.get(f"{address}/rejected.csv")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    assert "'=cmd|" in text and ",=cmd" not in text and "no_name" in text
    assert answer["Content-Disposition"] == f'attachment; filename="rejected-lod_{newest().pk}.csv"'
    assert answer["X-Content-Type-Options"] == "nosniff"
    listed = desk.get("/operator/sources").content.decode()
    assert '<td class="r">1</td>' in listed


def test_bad_input_is_told_at_its_field_and_nothing_typed_is_lost(desk: Client) -> None:
    address = begun(desk)
    wrong = {
        "source": "My CRM", "as_of": "", "licence": "", "people-full_name": "", "people-title-value": "CEO",
        "people-last_seen-format": "%q", "company-domain": "", "company-name": "", "lawful_basis": "as assessed",
    }  # fmt: skip
    answer = desk.post(f"{address}/mapping", form(desk, address, **wrong))
    said = errors(answer)
    assert answer.status_code == 422
    for text in (
        "cannot be called &#x27;My CRM&#x27;", "Give the day that the file shows", "This field is required",
        "Choose the column of the name", "not both", "Write it like %d/%m/%Y", "names the company",
    ):  # fmt: skip
        assert text in said, text
    page = answer.content.decode()
    for typed in ("My CRM", "as assessed", 'value="CEO"', 'value="%q"'):
        assert typed in page
    assert newest().state == SourceLoad.State.LOOKED
    late = desk.post(f"{address}/mapping", form(desk, address, as_of="2031-01-01"))
    assert "has not come yet" in errors(late)


def test_a_roster_older_than_known_is_refused_at_once(desk: Client) -> None:
    address = begun(desk)
    checked(desk, address, as_of="2026-02-28")
    desk.post(f"{address}/load")
    work()
    again = begun(desk, csv_bytes(ANN))
    answer = desk.post(f"{again}/mapping", form(desk, again))
    assert "is loaded already" in errors(answer)
    assert desk.post(f"{again}/mapping", form(desk, again, kind="records")).status_code == 302


def test_a_mapping_is_downloaded_uploaded_and_offered_again(desk: Client) -> None:
    address = begun(desk)
    checked(desk, address)
    toml = desk.get(f"{address}/mapping.toml")
    said = files.parse(toml.content)
    assert said.source == "crm" and said.columns() == mapping().columns()
    second = begun(desk, name="other_2026-02.csv")
    offered = desk.get(f"{second}/mapping").content.decode()
    assert "Used before" in offered and f"?from={address.rpartition('/')[2]}" in offered
    filled = desk.get(f"{second}/mapping?from={address.rpartition('/')[2]}").content.decode()
    assert 'value="own records"' in filled and 'value="2026-02-28"' in filled
    sent = {"use_file": "1", "mapping_file": SimpleUploadedFile("m.toml", toml.content)}
    answer = desk.post(f"{second}/mapping", sent).content.decode()
    assert 'value="own records"' in answer and "selected>Job</option>" in answer


def test_what_only_a_mapping_file_can_say_is_kept(desk: Client) -> None:
    """A list of columns, a value with a meaning: shown in words, and taken as it is."""
    given = mapping(
        people={
            "full_name": {"column": "Name", "last_name_first": True}, "title": ["Job", "Company"],
            "country": {"value": "France"},
        },
        company={"domain": {"column": "Website", "split": "/", "part": -1}, "name": "Company"},
    )  # fmt: skip
    address = begun(desk)
    sent = {"use_file": "1", "mapping_file": SimpleUploadedFile("m.toml", given.toml().encode())}
    page = desk.post(f"{address}/mapping", sent).content.decode()
    assert "Job, else Company" in page and "last name first" in page
    hidden = dict(re.findall(r'name="(kept|way)" value="([^"]*)"', page))
    kept = {name: value.replace("&quot;", '"') for name, value in hidden.items()}
    keep = {
        "people-full_name": "=",
        "people-title": "=",
        "company-domain": "=",
        "people-country-value": "France",
    }
    answer = desk.post(f"{address}/mapping", form(desk, address, **kept, **keep))
    assert answer.status_code == 302, errors(answer)
    said = asking.mapping_of(newest())
    assert said is not None and said.people.title == given.people.title
    assert said.people.full_name == given.people.full_name and said.company.domain == given.company.domain
    assert said.people.country == given.people.country


BAD_MAPPINGS = (b"", b"source = ", b"[people", b"\xff\xfe\x00", b"x" * (2**20 + 1), b'{"a": ' * 5_000)


def test_a_bad_mapping_file_is_told_at_its_field(desk: Client) -> None:
    address = begun(desk)
    sent = form(desk, address) | {"use_file": "1"}
    for data in BAD_MAPPINGS:
        answer = desk.post(f"{address}/mapping", {**sent, "mapping_file": SimpleUploadedFile("m.toml", data)})
        assert answer.status_code == 422 and "Mapping file:" in errors(answer), data[:20]
        assert 'value="own records"' in answer.content.decode(), "what was typed is still there"


def test_companies_alone_are_loaded(desk: Client) -> None:
    address = begun(
        desk,
        b"Company,Website,Staff,Name,Job,Contact Id,Seen\nAcme,acme.com,50,,,,\n,,,,,,\nBolt,bolt.io,,,,,",
    )
    page = checked(desk, address, kind="companies")
    assert "Companies" in page and newest().report["accepted"] == 2  # type: ignore[index]
    desk.post(f"{address}/load")
    work()
    assert records.read(versions.path(1), "companies").num_rows == 2 and versions.get(1).profiles == 0


def test_it_can_be_read_in_another_way(desk: Client) -> None:
    address = begun(desk, b"some words\nName;Job;Website\nAnn Lee;CEO;acme.com\n", "odd.csv")
    sent = {"header_row": "2", "delimiter": ";", "encoding": "", "sheet": ""}
    assert desk.post(f"{address}/look", sent).status_code == 302
    work()
    assert [column["name"] for column in newest().preview["columns"]] == ["Name", "Job", "Website"]  # type: ignore[index]
    bad = desk.post(f"{address}/look", sent | {"header_row": "0"})
    assert bad.status_code == 422 and "greater than or equal to 1" in errors(bad)


def test_cancel_takes_the_file_away(desk: Client, home: Path) -> None:
    address = begun(desk)
    assert len(left_behind(home)) == 1
    desk.post(f"{address}/cancel")
    assert "Cancelled" in desk.get(address).content.decode() and left_behind(home) == []
    assert desk.post(f"{address}/cancel").status_code == 409
    assert desk.post(f"{address}/load").status_code == 409
    assert desk.get(f"{address}/mapping").status_code == 409


def test_progress_is_asked_for_until_it_ends(desk: Client) -> None:
    address = upload(desk)["Location"]
    part = desk.get(f"{address}/progress", headers=HTMX)
    assert part.status_code == 200 and b'hx-trigger="every 1s"' in part.content
    work()
    over = desk.get(f"{address}/progress", headers=HTMX)
    assert over.status_code == 204 and over["HX-Refresh"] == "true"


def test_bad_addresses_are_answered(desk: Client) -> None:
    address = begun(desk)
    assert desk.get("/operator/sources/lod_99999").status_code == 404
    assert desk.get("/operator/sources/run_1").status_code == 404
    assert desk.get(f"{address}/mapping.toml").status_code == 404
    assert desk.get(f"{address}/rejected.csv").status_code == 404
    assert desk.get(f"{address}/mapping?from=lod_99999").status_code == 404
    assert desk.get(f"{address}/mapping?from=nonsense").status_code == 404
    assert desk.get("/operator/sources?after=nonsense").status_code == 422
    assert desk.post(f"{address}/load").status_code == 409
    assert desk.get(f"{address}/load").status_code == 405


def test_a_failed_check_keeps_its_mapping(desk: Client, home: Path) -> None:
    """What went wrong is told in words; the mapping is there to be changed, or tried again."""
    address = begun(desk)
    sent = form(desk, address)
    (stored,) = left_behind(home)
    stored.write_bytes(b"Other,Columns\n1,2\n")
    desk.post(f"{address}/mapping", sent)
    work()
    page = desk.get(address).content.decode()
    assert (
        "lacks columns that the mapping names" in page
        and "Try again" in page
        and "Change the mapping" in page
    )
    stored.write_bytes(CSV)
    desk.post(f"{address}/again")
    work()
    assert newest().state == SourceLoad.State.CHECKED


def test_what_was_shown_is_forgotten(desk: Client, home: Path) -> None:
    """X2: samples of files name people; they are kept no longer than a week."""
    address = begun(desk, csv_bytes(ANN, ["9", "", "CEO", "Acme", "acme.com", "2026-01-31", "5"]))
    checked(desk, address)
    path = carrying.rejected_path(newest().pk)
    assert path.exists() and path.parent.stat().st_mode & 0o077 == 0
    stray, file = uploads.open_new("x.csv")
    file.close()
    assert sweeps.forget(now=clock.now()) == 0
    assert sweeps.forget(now=clock.now() + timedelta(days=8)) == 2
    load = newest()
    assert load.preview is None and load.report["examples"] == [] and load.state == SourceLoad.State.CANCELLED  # type: ignore[index]
    assert not path.exists() and left_behind(home) == [] and not uploads.folder(stray).exists()
    assert desk.get(address).status_code == 200


def test_the_universe_is_as_from_the_command_line(desk: Client, tmp_path: Path) -> None:
    """P1: the pages load what the command loads."""
    address = begun(desk)
    checked(desk, address)
    desk.post(f"{address}/load")
    work()
    by_page = records.read(versions.path(1), "positions")
    path = tmp_path / "people_2026-01.csv"
    path.write_bytes(CSV)
    source = files.Source(path, mapping())
    assert ingest.load(source=source, now=clock.now()).joined == 0
    assert records.read(versions.path(2), "positions").equals(by_page)
