"""Attacks on the pages that load files: who sends, what is sent, how it is called, and where it is said to be."""

import gzip
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from rollcall.universe import versions
from rollcall.universe.loads import allowed, uploads
from rollcall.universe.models import SourceLoad
from rollcall.workspaces.models import User
from tests.universe.files import ANN, COLUMNS, csv_bytes
from tests.web.loading import CSV, NEW, TERMS, begun, checked, errors, left_behind, newest, upload, work
from tests.web.world import HOSTILE, signed_in


@pytest.fixture
def desk(operator: User) -> Client:
    return signed_in(operator)


def test_nobody_else_comes_here(client: Client, alice: User, desk: Client, home: Path) -> None:
    """Nothing of an upload is even read before it is known who sends it."""
    address = begun(desk)
    inside = signed_in(alice)
    before = left_behind(home)
    for path in ("/operator/sources", NEW, address, f"{address}/mapping", f"{address}/mapping.toml",
                 f"{address}/rejected.csv", f"{address}/progress"):  # fmt: skip
        assert client.get(path).status_code == 302, path
        assert inside.get(path).status_code == 403, path
    for path in (
        f"{address}/load",
        f"{address}/again",
        f"{address}/cancel",
        f"{address}/look",
        f"{address}/mapping",
    ):
        assert client.post(path).status_code == 302, path
        assert inside.post(path).status_code == 403, path
    assert upload(client).status_code == 302 and upload(inside).status_code == 403
    assert left_behind(home) == before and SourceLoad.objects.count() == 1


def test_a_form_of_another_site_uploads_nothing(operator: User, home: Path) -> None:
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(operator, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert upload(careful).status_code == 403
    assert careful.post(NEW, {"place": "x.csv"}).status_code == 403
    careful.get(NEW)
    token = careful.cookies["rollcall-csrf"].value
    wrong = careful.post(NEW, {"file": SimpleUploadedFile("a.csv", CSV), "csrfmiddlewaretoken": "x" * 64})
    assert wrong.status_code == 403 and SourceLoad.objects.count() == 0
    right = careful.post(NEW, {"csrfmiddlewaretoken": token, "file": SimpleUploadedFile("a.csv", CSV)})
    assert right.status_code == 302
    made = right["Location"]
    assert careful.post(f"{made}/mapping", TERMS).status_code == 403
    assert careful.post(f"{made}/cancel").status_code == 403


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../../etc/x.csv", "x.csv"), ("..\\..\\boot.csv", "boot.csv"), (".htaccess", "htaccess"),
        ("a\0b\nc.csv", "a_b_c.csv"), ("\u202egnp.csv", "gnp.csv"), ("x" * 500 + ".csv", "x" * 96 + ".csv"),
        ("-rf *.csv", "rf _.csv"), ("Ann's \u00fc.csv", "Ann's \u00fc.csv"),
    ],
)  # fmt: skip
def test_names_of_uploads_are_only_names(desk: Client, home: Path, name: str, kept: str) -> None:
    assert upload(desk, name=name).status_code == 302
    (path,) = left_behind(home)
    assert path.parent.parent == home / "uploads" and len(path.name) <= 100
    assert path.parent.stat().st_mode & 0o077 == 0, "nobody else on the machine may look"
    assert uploads.safe(name) == kept


def test_too_large_an_upload_leaves_nothing(desk: Client, home: Path, settings: Any) -> None:
    settings.ROLLCALL_UPLOAD_MB_MAX = 1
    answer = upload(desk, b"x" * (2**20 + 1))
    assert answer.status_code == 422 and "larger than 1 MB" in errors(answer)
    assert left_behind(home) == [] and SourceLoad.objects.count() == 0
    assert upload(desk, b"").status_code == 422
    assert "Choose a file first" in errors(desk.post(NEW, {}))
    assert "0 rows" not in errors(desk.post(NEW, {"file": "text"}))
    assert left_behind(home) == []


def test_a_full_disk_is_told(desk: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(name: str) -> Any:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(uploads, "open_new", full)
    assert "no room on the server" in errors(upload(desk))


def bomb() -> bytes:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("[Content_Types].xml", "<x/>")
        book.writestr("xl/worksheets/sheet1.xml", b"<" + b" " * 2**27)
    return packed.getvalue()


def hostile_files() -> dict[str, bytes]:
    """Packed when they are asked for: that takes a second."""
    return {
        "bomb.xlsx": bomb(),
        "zeros.csv.gz": gzip.compress(b"\0" * 2**27),
        "noise.parquet": b"PAR1" + b"\xff" * 999,
        "broken.csv": b"Name,Job\n\xff\xfe\xfa,\x80\x81\n" * 50,
        "elf.csv": b"\x7fELF\x02\x01\x01" + b"\0" * 999,
        "page.csv": b"<html><script>alert(1)</script></html>",
        "empty.xlsx": b"PK\x05\x06" + b"\0" * 18,
    }


def test_hostile_files_fail_in_words(desk: Client) -> None:
    """Whatever a file holds, its page says what it is, and the next file is loaded as ever."""
    for name, data in hostile_files().items():
        page = desk.get(begun(desk, data, name))
        assert page.status_code == 200
        load = newest()
        assert load.state == SourceLoad.State.FAILED or name in ("broken.csv", "page.csv"), name
        if load.state == SourceLoad.State.FAILED:
            assert "unexpected" not in load.problem and name in load.problem, load.problem
            assert "Read it in another way" in page.content.decode()
    checked(desk, begun(desk))


def test_hostile_texts_are_only_text(desk: Client) -> None:
    header = [f"{name} {HOSTILE}" if name == "Job" else name for name in COLUMNS]
    row = ["1", HOSTILE, HOSTILE, HOSTILE, "acme.com", "never", HOSTILE]
    address = begun(desk, csv_bytes(row, ANN, header=header), f"{HOSTILE}.csv")
    for path in (address, f"{address}/mapping", "/operator/sources"):
        assert HOSTILE not in desk.get(path).content.decode(), path


@pytest.fixture
def inbox(home: Path) -> Path:
    folder = home / "inbox"
    folder.mkdir()
    (folder / "people_2026-01.csv").write_bytes(CSV)
    (home / "secret.key").write_text("secret")
    return folder


def place(desk: Client, text: str) -> Any:
    return desk.post(NEW, {"place": text})


def test_files_in_the_inbox_are_loaded_and_stay(desk: Client, inbox: Path) -> None:
    assert "people_2026-01.csv" in desk.get(NEW).content.decode()
    answer = place(desk, "people_2026-01.csv")
    work()
    checked(desk, answer["Location"])
    desk.post(f"{answer['Location']}/load")
    work()
    assert versions.current() == 1 and (inbox / "people_2026-01.csv").exists()


def test_nothing_outside_the_inbox_is_read(desk: Client, inbox: Path, home: Path) -> None:
    (inbox / "link.csv").symlink_to(home / "secret.key")
    (inbox / "there").symlink_to(home)
    for text in (
        "../secret.key", "/etc/passwd", str(home / "secret.key"), "link.csv", "there/secret.key", "there", "./../x",
        "nothing.csv", "people_2026-01.csv/../../secret.key", "~/x", "a\nb",
    ):  # fmt: skip
        answer = place(desk, text)
        assert answer.status_code == 422 and "Name or address:" in errors(answer), text
    assert SourceLoad.objects.count() == 0
    assert "secret" not in errors(place(desk, "link.csv"))
    folder = inbox / "some"
    folder.mkdir()
    (folder / "a.csv").symlink_to(home / "secret.key")
    answer = place(desk, "some")
    work()
    assert newest().state == SourceLoad.State.FAILED and "not an ordinary file" in newest().problem


@pytest.mark.parametrize(
    "address",
    [
        "http://169.254.169.254/latest/meta-data", "https://example.com/a.csv", "file:///etc/passwd", "memory://x",
        "local:///etc/passwd", "ftp://host/a.csv", "github://a:b@/c", "simplecache::s3://bucket/x", "s3://bucket/x::http://a",
        "zip://a.csv::http://host/x.zip", "sftp://10.0.0.1/etc/passwd", "webhdfs://10.0.0.1:80/x", "smb://host/c", "s3://",
        "reference://x", "s3://bucket/good/../other", "s3://bucket/a?endpoint_url=http://10.0.0.1", "S3://other/x",
    ],
)  # fmt: skip
def test_no_address_makes_the_server_call_somebody(desk: Client, settings: Any, address: str) -> None:
    settings.ROLLCALL_STORES = ["s3://bucket/good", "sftp", "http", "file"]
    answer = place(desk, address)
    assert answer.status_code == 422 and "Name or address:" in errors(answer)
    assert SourceLoad.objects.count() == 0


def test_stores_that_a_setting_names_are_allowed(settings: Any) -> None:
    settings.ROLLCALL_STORES = ["s3://bucket/good/", "gs", "sftp://files.example.com/out"]
    for address in (
        "s3://bucket/good",
        "s3://bucket/good/a.csv",
        "gs://any/x",
        "sftp://files.example.com/out/a.csv",
    ):
        assert allowed.path("store", address) == address
    for address in (
        "s3://bucket/goodness",
        "s3://bucket",
        "sftp://files.example.com/other",
        "sftp://evil.example.com/out",
    ):
        with pytest.raises(allowed.StoreNotAllowed):
            allowed.path("store", address)


def test_what_was_allowed_once_is_asked_again(desk: Client, inbox: Path, home: Path) -> None:
    """Whoever may write into the inbox swaps the file before the worker comes."""
    answer = place(desk, "people_2026-01.csv")
    (inbox / "people_2026-01.csv").unlink()
    (inbox / "people_2026-01.csv").symlink_to(home / "secret.key")
    work()
    assert newest().state == SourceLoad.State.FAILED and "not inside the inbox" in newest().problem
    assert b"secret.key" not in desk.get(answer["Location"]).content
