"""Which spellings are one company's name, and which are two."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollcall.universe.identity.companies import comparing, countries, names
from rollcall.universe.identity.companies.names import Name


def read(text: str) -> Name:
    found = names.read(text)
    assert found is not None, text
    return found


SAME = [
    ("Acme Inc.", "ACME, Incorporated"),
    ("Müller GmbH & Co. KG", "Mueller"),
    ("Müller GmbH", "MULLER G.m.b.H."),
    ("E Bay Inc", "eBay Inc."),
    ("Eli Lilly and Company", "Eli Lilly & Co"),
    ("Procter & Gamble Co/The", "The Procter and Gamble Company"),
    ("S&P Global", "S & P Global Inc."),
    ("Acme Intl Mfg Corp", "Acme International Manufacturing Corporation"),
    ("Smith Bros Ltd", "Smith Brothers Limited"),
    ("GENERAL MOTORS CO /NEW/", "General Motors Company"),
    ("ACME CORP /DE/", "Acme"),
    ("Meta Platforms, Inc. (NASDAQ: META)", "Meta Platforms"),
    ("CEMEX, S.A.B. de C.V.", "Cemex"),
    ("Газпром ПАО", "Gazprom PJSC"),
    ("株式会社ソニー", "ソニー"),
    ("삼성전자 주식회사", "삼성전자"),
    ("บริษัท ปตท. จำกัด (มหาชน)", "ปตท"),
    ("PT Bank Central Asia Tbk", "Bank Central Asia"),
    ("Coca-Cola Co", "CocaCola"),
    ("L’Oréal S.A.", "LOREAL"),
    ("Grupa X Sp. z o.o.", "grupa x"),
    ("Alphabet Inc. (Class A)", "Alphabet"),
    ("Veltros Inc (US)", "Veltros Inc."),
    ("Veltros, Inc., a Delaware corporation", "Veltros, Inc."),
    ("Veltros (VLT)", "Veltros"),
    ("Veltros® | We are hiring", "VELTROS"),
    ("Veltros, a Brightwater company", "Veltros"),
    ("Veltros (acquired by Omnia)", "Veltros"),
    ("KÃ¶hler &amp; SÃ¶hne", "Köhler und Söhne"),
    ("Ibarra e Hijos S.L.", "Ibarra & Hijos"),
    ("3M Company", "Three M"),
    ("7-Eleven", "7Eleven"),
    ("Яндекс", "Yandex N.V."),
    ("АО «Велтрос»", "Veltros JSC"),
    ("㈱ベルトロス", "ベルトロス 株式会社"),
    ("벨트로스(주)", "주식회사 벨트로스"),
    ("Veltros S.à r.l.", "Veltros Sarl"),
    ("Veltros Ges.m.b.H.", "Veltros Gesellschaft mbH"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_c6_spellings_of_one_name(one: str, other: str) -> None:
    assert read(one).exact & read(other).exact


@pytest.mark.parametrize(
    ("one", "other"),
    [("SMUCKER J M CO", "The J. M. Smucker Company"), ("America, Bank of", "Bank of America Corp"),
     ("Block H & R Inc", "H&R Block, Inc."), ("Marks and Spencer Group plc", "Spencer & Marks")],
)  # fmt: skip
def test_the_same_words_in_another_order(one: str, other: str) -> None:
    assert read(one).core == read(other).core


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Acme (UK) Ltd", "Acme Ltd"),
        ("Acme (NSW)", "Acme"),
        ("Acme (HK)", "Acme"),
        ("AO Smith", "Smith"),
        ("Siemens AG", "Siemens Energy AG"),
        ("4M", "3M"),
        ("Acme France SAS", "Acme Deutschland GmbH"),
        ("Delta Air Lines", "Delta Galil"),
        ("General Motors", "General Mills"),
        ("Apex One", "Apex Two"),
        ("AO Smith", "Smith"),
    ],
)
def test_names_of_two_companies(one: str, other: str) -> None:
    mine, theirs = read(one), read(other)
    assert not mine.exact & theirs.exact and mine.words != theirs.words and mine.core != theirs.core


def test_other_names_and_tickers_are_read_out_of_brackets() -> None:
    assert read("Meta Platforms, Inc. (formerly Facebook, Inc.)").others == ("Facebook, Inc.",)
    assert read("Sadot LLC d/b/a Foo Bar").others == ("Foo Bar",)
    assert read("Meta Platforms (NASDAQ: META)").ticker == "META"


def test_something_of_a_name_is_always_left() -> None:
    assert read("The Limited, Inc.").exact == {"limited"}
    assert read("Co., Ltd.").exact
    assert names.read("!!!") is None and names.read("") is None


@given(st.text(max_size=60))
def test_any_text_can_be_read_and_reads_the_same_again(text: str) -> None:
    found = names.read(text)
    if found is not None:
        assert all(found.exact) and found.words
        assert found == names.read(f"  {text} ") or not text.strip()


@given(
    st.lists(
        st.sampled_from(["acme", "rocket", "blau", "stone", "nord"]), min_size=2, max_size=4, unique=True
    )
)
def test_the_order_of_words_does_not_change_the_words(words: list[str]) -> None:
    assert read(" ".join(words)).words == read(" ".join(reversed(words))).words


def test_countries_in_any_spelling() -> None:
    assert {countries.code(text) for text in ("USA", "U.S.", "us", "Vereinigte Staaten")} == {"US"}
    assert countries.code("Korea, Republic of") == countries.code("KOR") == "KR"
    assert countries.code("Atlantis") is None and countries.comparable("Atlantis") == "atlantis"


def facts(**said: object) -> dict[str, object]:
    return {name: said.get(name) for name in comparing.FACTS}


def test_what_agrees_and_what_speaks_against() -> None:
    here = facts(country="France", industry="Software", ticker="ACM")
    assert comparing.compare(here, facts(country="FR")).points == 1
    assert comparing.compare(here, facts(country="Spain")).points < -4
    assert comparing.compare(here, facts(country="France", industry="Gold")).points == 0
    assert comparing.compare(here, facts(ticker="NASDAQ: ACM")).points == 3
    inc, gmbh = read("Acme Rocketry GmbH"), read("Acme Rocketry S.p.A.")
    assert comparing.compare(facts(), facts(), names=(inc, gmbh)).points < -4


def test_c6_a_country_in_brackets_behind_the_legal_form_is_where_it_is_registered() -> None:
    """Two of one name in two countries are not one for their name."""
    assert read("Veltros Ltd (UK)").countries == {"GB"} and read("Veltros Ltd (India)").countries == {"IN"}
    assert read("Veltros Ltd (UK)").exact == read("Veltros Limited").exact
