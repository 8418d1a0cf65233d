"""Letters lead to the pages they tell of."""

from typing import Any

import pytest

from rollcall.core import configuration
from rollcall.notices import letters


def test_whole_when_the_installation_knows_its_address(settings: Any) -> None:
    settings.ROLLCALL_URL = "https://credits.example"
    assert letters.link("/w/acme/approvals") == "https://credits.example/w/acme/approvals"


def test_the_path_when_it_does_not(settings: Any) -> None:
    settings.ROLLCALL_URL = ""
    assert letters.link("/w/acme/approvals") == "/w/acme/approvals"


def test_an_address_without_its_scheme_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROLLCALL_URL", "credits.example")
    with pytest.raises(configuration.BadSetting, match="https://"):
        configuration.address("ROLLCALL_URL")
