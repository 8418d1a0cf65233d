"""Adding a provider is one folder: what the how-to writes down is put into one, and it can be ordered from."""

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from rollcall.universe import providers, search, versions
from rollcall.universe.providers import orders, registry
from rollcall.universe.providers.registry import Known
from rollcall.universe.providers.walking import Caps
from tests.universe.fake_provider import KEY, Clock, Fake, listening
from tests.universe.ordering import OPERATOR, work_on

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "add-a-provider.md"
INIT = '''"""Acme People, as the how-to describes it."""

from decimal import Decimal

from rollcall.universe.providers.acme_people import mapping
from rollcall.universe.providers.description import Auth, Cost, Endpoint, Limit, Paging, Provider

__all__ = ["PROVIDER", "mapping"]

'''
MAPPING = '''"""How its records become ours."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from rollcall.universe.providers.told import Told


'''


@pytest.fixture
def known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Known]:
    """The folder of the how-to, beside those that ship."""
    described, mapped = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    folder = tmp_path / "acme_people"
    folder.mkdir()
    (folder / "__init__.py").write_text(INIT + described)
    (folder / "mapping.py").write_text(MAPPING + mapped)
    monkeypatch.setattr(providers, "__path__", [*providers.__path__, str(tmp_path)])
    monkeypatch.setenv("ROLLCALL_PROVIDER_ACME_PEOPLE_KEY", KEY)
    registry._folders.cache_clear()
    yield registry.get("acme_people")
    registry._folders.cache_clear()


def test_the_folder_of_the_how_to_is_all_it_takes(
    known: Known, db: None, now: datetime, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.ALLOW_PRIVATE_WEBHOOKS = True
    names = ["Ann Lee", "Bo Orr", "Cy Ode", "Di Poe", "Ed Roe"]
    people: list[Any] = [
        {"id": f"p{number}", "name": name, "position": "Chief Financial Officer", "seen": "2026-08",
         "employer": {"id": f"c{number}", "site": f"acme{number}.com", "name": f"Acme {number}"}}
        for number, name in enumerate(names)
    ]  # fmt: skip
    clock = Clock(now)
    with listening(Fake(known.about, known.endpoint(), people)) as fake:
        monkeypatch.setenv("ROLLCALL_PROVIDER_ACME_PEOPLE_URL", fake.url)
        order = orders.place(
            known=known, endpoint=known.endpoint(), query={"sites": ["acme0.com"]}, caps=Caps(pages=3), is_to_load=True,
            lawful_basis="legitimate interests", key="one", actor=OPERATOR, now=clock.now(),
        )  # fmt: skip
        done = work_on(clock, order)
    assert (done.state, done.problem, done.version) == ("done", "", 1)
    assert (str(orders.standing(done).spent.answered), len(fake.asked)) == ("2.5", 1)
    assert (versions.get(1).profiles, versions.get(1).companies) == (5, 5)
    rows = search.company_rows(version=1, ids=[1, 2, 3, 4, 5]).to_pylist()
    assert {row["domain"] for row in rows} == {f"acme{number}.com" for number in range(5)}
