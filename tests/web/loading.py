"""What tests of loading files on pages share: the forms that a browser would send, and a worker."""

import re
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from rollcall.core import jobs
from rollcall.universe.loads import sweeps
from rollcall.universe.models import SourceLoad
from tests.universe.files import ANN, BO, CY, csv_bytes

assert sweeps  # registers what `work` does
NEW = "/operator/sources/new"
TERMS = {
    "source": "crm", "kind": "roster", "as_of": "2026-01-31", "licence": "own records",
    "lawful_basis": "legitimate interest",
}  # fmt: skip
FIELDS = {
    "people-person_id": "Contact Id", "people-full_name": "Name", "people-title": "Job", "people-last_seen": "Seen",
    "company-name": "Company", "company-domain": "Website", "company-employees": "Staff",
}  # fmt: skip
CSV = csv_bytes(ANN, BO, CY)


def work() -> None:
    """What workers would do."""
    jobs.Worker(lane=jobs.LOOKS).run_once()
    jobs.Worker(lane=jobs.LOADS).run_once()


def upload(desk: Client, data: bytes = CSV, name: str = "people_2026-01.csv") -> Any:
    return desk.post(NEW, {"file": SimpleUploadedFile(name, data)})


def begun(desk: Client, data: bytes = CSV, name: str = "people_2026-01.csv") -> str:
    """The address of an uploaded file's page, after the first look."""
    answer = upload(desk, data, name)
    assert answer.status_code == 302, errors(answer)
    work()
    return str(answer["Location"])


def form(desk: Client, address: str, **changes: str) -> dict[str, str]:
    """What a browser would send of the mapping form with these columns chosen."""
    page = desk.get(f"{address}/mapping").content.decode()
    columns = dict(re.findall(r'<option value="(\d+-[0-9a-f]+)"[^>]*>([^<]*)</option>', page))
    by_name = {name: key for key, name in columns.items()}
    chosen = {field: by_name[column] for field, column in FIELDS.items()}
    return TERMS | chosen | {"kept": "{}", "way": "{}"} | changes


def checked(desk: Client, address: str, **changes: str) -> str:
    answer = desk.post(f"{address}/mapping", form(desk, address, **changes))
    assert answer.status_code == 302, errors(answer)
    work()
    return desk.get(address).content.decode()


def errors(answer: Any) -> str:
    """What a page says is wrong."""
    found = re.findall(
        r'<p class="err"[^>]*>(.*?)</p>|data-errors>(.*?)</div>', answer.content.decode(), re.DOTALL
    )
    return re.sub(r"<[^>]+>|\s+", " ", " ".join("".join(each) for each in found))


def newest() -> SourceLoad:
    found = SourceLoad.objects.order_by("-pk").first()
    assert found is not None
    return found


def left_behind(home: Path) -> list[Path]:
    return [path for path in (home / "uploads").rglob("*") if path.is_file()]
