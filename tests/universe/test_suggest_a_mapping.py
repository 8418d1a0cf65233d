"""Someone shows a file: which of our fields its columns are is guessed, with how sure that is and why."""

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from rollcall.core.errors import RollcallError
from rollcall.universe.sources import files
from rollcall.universe.sources.files import Suggestion
from tests.universe.files import ANN, BO, mapping, write

LINKEDIN = "https://www.linkedin.com/in/annlee"


def suggest(**columns: str | list[str]) -> Suggestion:
    """Columns with their values, spaces of the names as underscores or not."""
    return of({name.replace("__", " "): value for name, value in columns.items()})


def of(columns: dict[str, Any]) -> Suggestion:
    values = {name: value if isinstance(value, list) else [value] for name, value in columns.items()}
    count = max(map(len, values.values()))
    rows = [{name: (value * count)[at] for name, value in values.items()} for at in range(count)]
    return files.suggest(list(columns), rows)


APOLLO = {
    "First Name": "Ann", "Last Name": "Lee", "Title": "VP Sales", "Company": "Acme", "Company Name for Emails": "Acme",
    "Email": "ann@acme.com", "Email Status": "Verified", "Contact Owner": "seller@ours.com", "# Employees": "120",
    "Industry": "software", "Person Linkedin Url": LINKEDIN, "Website": "http://www.acme.com",
    "Company Linkedin Url": "http://www.linkedin.com/company/acme", "City": "Lyon", "State": "Rhône",
    "Country": "France",
    "Company City": "Paris", "Company State": "IDF", "Company Country": "France", "Apollo Contact Id": "5f2",
    "Apollo Account Id": "5f3",
}  # fmt: skip
PDL = {
    "id": "qEnOZ5Oh0poWnQ1luFBfVw_0000", "full_name": "ann lee", "linkedin_url": "linkedin.com/in/annlee",
    "job_title": "co-founder", "job_company_name": "acme", "job_company_website": "acme.com",
    "job_company_size": "51-200", "job_company_industry": "computer software", "job_start_date": "2015-03",
    "location_country": "france", "work_email": "ann@acme.com", "job_last_verified": "2026-01-01",
}  # fmt: skip
HUBSPOT = {
    "Record ID - Contact": "51", "First Name": "Ann", "Last Name": "Lee", "Email": "ann@acme.com",
    "Contact owner": "Bo", "Primary Associated Company ID": "77", "Job Title": "CEO", "Associated Company": "Acme",
    "Company Domain Name": "acme.com", "Create Date": "2025-01-01",
}  # fmt: skip
SALESFORCE = {
    "Contact ID": "003", "Account Name": "Acme", "Account ID": "001", "Full Name": "Ann Lee", "Title": "CEO",
    "Mailing City": "Paris", "Email": "ann@acme.com", "Billing Country": "US", "Account Website": "acme.com",
}  # fmt: skip
CONNECTIONS = {
    "First Name": "Ann", "Last Name": "Lee", "URL": LINKEDIN, "Email Address": "", "Company": "Acme",
    "Position": "CEO", "Connected On": "12 Mar 2024",
}  # fmt: skip
FILINGS = {
    "issuerCik": "320193", "issuerName": "Apple Inc.", "issuerTradingSymbol": "AAPL", "rptOwnerCik": "1214156",
    "rptOwnerName": "COOK, TIMOTHY", "officerTitle": "Chief Executive Officer", "periodOfReport": "2023-10-01",
}  # fmt: skip


@pytest.mark.parametrize(
    ("columns", "people", "company"),
    [
        (APOLLO,
         {"first_name": "First Name", "title": "Title", "email": "Email", "profile_url": "Person Linkedin Url",
          "person_id": "Apollo Contact Id", "city": "City", "region": "State", "country": "Country"},
         {"name": "Company", "domain": "Website", "employees": "# Employees", "city": "Company City",
          "company_id": "Apollo Account Id", "country": "Company Country"}),
        (PDL,
         {"person_id": "id", "full_name": "full_name", "profile_url": "linkedin_url", "title": "job_title",
          "since": "job_start_date", "country": "location_country", "email": "work_email",
          "last_seen": "job_last_verified"},
         {"name": "job_company_name", "domain": "job_company_website", "employees": "job_company_size",
          "industry": "job_company_industry"}),
        (HUBSPOT, {"person_id": "Record ID - Contact", "email": "Email", "title": "Job Title"},
         {"company_id": "Primary Associated Company ID", "name": "Associated Company"}),
        (SALESFORCE, {"person_id": "Contact ID", "full_name": "Full Name", "city": "Mailing City"},
         {"company_id": "Account ID", "name": "Account Name", "country": "Billing Country"}),
        (CONNECTIONS, {"profile_url": "URL", "title": "Position", "email": "Email Address"}, {"name": "Company"}),
        (FILINGS,
         {"person_id": "rptOwnerCik", "title": "officerTitle",
          "full_name": {"column": "rptOwnerName", "last_name_first": True}},
         {"company_id": "issuerCik", "name": "issuerName", "ticker": "issuerTradingSymbol"}),
    ],
    ids=["Apollo", "People Data Labs", "HubSpot", "Salesforce", "LinkedIn", "filings"],
)  # fmt: skip
def test_it_works(columns: dict[str, str], people: dict[str, Any], company: dict[str, Any]) -> None:
    found = of(columns)
    assert found.missing == []
    assert people.items() <= found.people.items() and company.items() <= found.company.items()
    made = found.mapping(
        source="crm", kind="records", licence="own", lawful_basis="consent", as_of=date(2026, 1, 1)
    )
    assert set(made.columns()) <= set(columns)
    assert "Contact Owner" not in made.columns() and "Contact owner" not in made.columns()


@pytest.mark.parametrize(
    ("headers", "company"),
    [
        (
            ["Vorname", "Nachname", "Stellenbezeichnung", "E-Mail-Adresse"],
            ["Firma", "Webseite", "Mitarbeiterzahl"],
        ),
        (["Prénom", "Nom", "Intitulé du poste", "Adresse e-mail"], ["Société", "Site web", "Effectif"]),
        (
            ["Nombre", "Apellidos", "Cargo", "Correo electrónico"],
            ["Empresa", "Sitio web", "Número de empleados"],
        ),
        (["Nome", "Cognome", "Ruolo", "Posta elettronica"], ["Azienda", "Sito web", "Dipendenti"]),
        (
            ["Voornaam", "Achternaam", "Functietitel", "E-mailadres"],
            ["Bedrijf", "Website", "Aantal medewerkers"],
        ),
        (
            ["Imię", "Nazwisko", "Stanowisko", "Adres e-mail"],
            ["Nazwa firmy", "Strona www", "Liczba pracowników"],
        ),
    ],
)
def test_headers_in_several_languages(headers: list[str], company: list[str]) -> None:
    values = ["Ann", "Lee", "CEO", "ann@acme.com", "Acme", "acme.com", "120"]
    found = of(dict(zip([*headers, *company], values, strict=True)))
    assert found.people == dict(zip(("first_name", "last_name", "title", "email"), headers, strict=True))
    assert found.company == dict(zip(("name", "domain", "employees"), company, strict=True))


def test_values_speak_where_headers_do_not() -> None:
    found = suggest(a="ann@acme.com", b="Chief Financial Officer", c=LINKEDIN, d="x")
    assert found.people == {"email": "a", "title": "b", "profile_url": "c"}
    assert found.unused == ["d"] and found.missing == ["people.full_name", "company.domain"]
    with pytest.raises(files.MappingWrong, match="full_name"):
        found.mapping(source="crm", kind="records", licence="own", lawful_basis="consent")


def test_a_header_that_its_values_contradict_is_not_used() -> None:
    found = suggest(Email="yes", Website="not known to us", Name="Ann Lee")
    assert "email" not in found.people and "domain" not in found.company
    told = {guess.field: guess for guess in found.guesses}
    assert not told["people.email"].is_used and "0% of its values fit" in told["people.email"].reason


@pytest.mark.parametrize(
    ("days", "used"),
    [
        (["31/01/2026", "01/02/2026"], {"column": "Start Date", "format": "%d/%m/%Y"}),
        (["01/31/2026", "01/02/2026"], {"column": "Start Date", "format": "%m/%d/%Y"}),
        (["31.01.2026"], {"column": "Start Date", "format": "%d.%m.%Y"}),
        (["2026-01-31", "2025-03"], "Start Date"),
        (["Mar 2024", "12 Mar 2024"], "Start Date"),
        (["01/02/2026", "03/04/2026"], None),
    ],
)
def test_how_days_are_written_is_found_out_and_never_guessed(days: list[str], used: Any) -> None:
    found = of({"Start Date": days, "Name": "Ann Lee"})
    assert found.people.get("since") == used
    if used is None:
        assert "can be read as" in next(
            guess.reason for guess in found.guesses if guess.field == "people.since"
        )


def test_the_suggestion_is_a_mapping_file_to_complete(tmp_path: Path) -> None:
    preview = files.look(write(tmp_path, "csv", ANN, BO))
    text = preview.suggestion.toml(file={"header_row": 1, "sheet": None})
    given = tomllib.loads(text)
    assert given["file"] == {"header_row": 1} and given["kind"] == "records"
    assert given["people"] == {"person_id": "Contact Id", "full_name": "Name", "title": "Job"}
    assert given["company"] == {"name": "Company", "domain": "Website", "employees": "Staff"}
    with pytest.raises(files.MappingWrong):
        files.parse(text)
    done = text.replace('source = ""', 'source = "crm"').replace('licence = ""', 'licence = "own"')
    assert files.parse(done.replace('lawful_basis = ""', 'lawful_basis = "consent"')).source == "crm"


def test_nasty_names_make_no_nasty_mapping_file() -> None:
    names = ['Email"\n[file]\nx = 1', "Job Title\\", "名前\u2028", "Company # 1"]
    found = of(dict(zip(names, ["ann@acme.com", "CEO", "Ann Lee", "Acme"], strict=True)))
    given = tomllib.loads(found.toml())
    assert given["people"]["email"] == names[0] and "file" not in given


def test_a_preview_shows_columns_and_rows(tmp_path: Path) -> None:
    preview = files.look(write(tmp_path, "csv", ANN, BO), rows=1)
    assert (preview.kind, preview.encoding, preview.delimiter, len(preview.rows)) == ("CSV", "utf-8", ",", 1)
    kinds = {column.name: column.kind for column in preview.columns}
    assert (kinds["Website"], kinds["Seen"], kinds["Staff"], kinds["Name"]) == (
        "web address",
        "date",
        "number",
        "text",
    )


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"licence": " "}, "licence"),
        ({"lawful_basis": ""}, "lawful_basis"),
        ({"kind": "some"}, "kind"),
        ({"source": "My CRM"}, "cannot be called"),
        ({"extra": 1}, "no such entry"),
        ({"people": {"full_name": "A"}}, "needs title"),
        ({"people": {"title": "A"}}, "needs full_name"),
        ({"company": {"sector": "A"}}, "company_id, domain or name"),
        ({"people": {"full_name": "A", "title": {"column": "B", "value": "C"}}}, "either from which column"),
        ({"people": {"full_name": "A", "title": {"column": "B", "part": 1}}}, "split"),
        ({"people": {"full_name": "A", "title": "B", "seniority": "C"}}, "seniority: there is no such entry"),
        ({"file": {"encoding": "utf-8", "quote": "x"}}, "no such entry"),
    ],
)
def test_a_mapping_that_cannot_be_meant_is_refused(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(RollcallError, match=says):
        mapping(**changes)


def test_a_mapping_file_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(RollcallError, match="There is no mapping file"):
        files.read(tmp_path / "no.toml")
    for text in ("source = ", "{", '{"a": ' * 100_000, "\ud800".encode("utf-8", "surrogatepass"), "[]"):
        with pytest.raises(RollcallError):
            files.parse(text)
