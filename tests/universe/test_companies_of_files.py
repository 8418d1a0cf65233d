"""Companies as lists of contacts tell of them: without keys, often without a website, spelled in several ways."""

from tests.universe.test_company_identity import Registry


def test_a_file_without_keys_does_not_tell_its_own_rows_apart() -> None:
    """A list of contacts: the website is filled in for some, and the company is spelled in several ways."""
    registry = Registry()
    known = {"company_id": "k", "name": "ADOBE INC.", "domain": "adobe.com"}
    assert registry.load(known, source="one") == [1]
    plain = {"company_id": "adobe.com", "name": "Adobe", "domain": "adobe.com"}
    called = (
        {"company_id": "name:adobe", "name": "Adobe"},
        {"company_id": "name:adobe inc.", "name": "Adobe Inc."},
    )
    assert registry.load(plain, *called, source="two") == [1, 1, 1]
    assert registry.load(*reversed(called), plain, source="two") == [1, 1, 1]


def test_rows_of_a_file_with_nothing_but_a_name_are_one_company_if_nothing_speaks_against_it() -> None:
    registry = Registry()
    names = ("Xylotronix", "XYLOTRONIX, Inc.", "Xylotronix Inc")
    assert registry.load(*({"company_id": f"name:{name.lower()}", "name": name} for name in names)) == [
        1,
        1,
        1,
    ]
    apart = ("Quennbury GmbH", "Quennbury S.A. de C.V.", "Summit", "Summit Inc")
    rows = [{"company_id": f"name:{name.lower()}", "name": name} for name in apart]
    found = registry.load(*rows, source="two")
    assert found[0] != found[1], "legal forms of different countries"
    assert found[2] != found[3], "half the world is called Summit"


def test_a_source_with_keys_of_its_own_tells_its_rows_apart() -> None:
    registry = Registry()
    with_domain = {"company_id": "17", "name": "Xylotronix", "domain": "xylotronix.example"}
    assert registry.load(with_domain, {"company_id": "18", "name": "Xylotronix Inc."}) == [1, 2]
