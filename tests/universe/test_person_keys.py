"""Two spellings of one address are one key; an address that is nobody's is no key."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollcall.universe.identity.people import emails, keys, profile_urls

JANE = "profile:linkedin.com/in/jane-doe"


def test_it_works() -> None:
    records = pa.table(
        {
            "record": [7, 3, 5],
            "source": ["crm", "crm", "web"],
            "source_key": ["a1", None, " "],
            "profile_url": ["HTTP://UK.linkedin.com/in/Jane-Doe/?trk=x", None, "https://acme.com/team"],
            "email": ["Jane.Doe@Acme.com", "info@acme.com", None],
        }
    )
    found = keys.strong_keys(records=records)
    assert found.to_pydict() == {
        "record": [7, 7, 7],
        "kind": ["source", "profile", "email"],
        "key": ["crm:a1", JANE, "email:jane.doe@acme.com"],
    }


def test_columns_may_be_missing_and_tables_empty() -> None:
    bare = pa.table({"record": [1], "source": ["crm"], "source_key": ["a1"]})
    assert keys.strong_keys(records=bare)["key"].to_pylist() == ["crm:a1"]
    assert keys.strong_keys(records=bare.slice(0, 0)).num_rows == 0
    nothing = pa.table({"record": [1], "source": ["crm"], "email": pa.nulls(1), "profile_url": pa.nulls(1)})
    assert keys.strong_keys(records=nothing).num_rows == 0


@pytest.mark.parametrize(
    "text",
    [
        "https://www.linkedin.com/in/jane-doe",
        "http://linkedin.com/in/jane-doe/",
        "linkedin.com/in/Jane-Doe?trk=people&x=/in/other",
        "//de.linkedin.com/in/JANE-DOE/#about",
        "https://m.linkedin.com/in/jane-doe",
        "https://www.linkedin.com/mwlite/in/jane-doe",
        "https://www.linkedin.com/comm/in/jane-doe/en",
        "www.linkedin.com/in/jane%2Ddoe/de",
        "https%3A%2F%2Fwww.linkedin.com%2Fin%2Fjane-doe",
        "in/jane-doe",
        " https://www.linkedin.com:443/in/jane-doe/overlay/contact-info/ ",
        "https://linkedin.com/pub/jane-doe",
        "\u200bhttps://www.linkedin.com/in/jane-doe,",
    ],
)
def test_every_spelling_of_a_linkedin_address_is_one_key(text: str) -> None:
    assert profile_urls.key(text) == JANE
    assert profile_urls.keys(pa.array([text])).to_pylist() == [JANE]


def test_the_form_before_in_is_read() -> None:
    old = "https://sy.linkedin.com/pub/krzysztof-marzec/a7/576/b50?trk=biz_employee_pub"
    assert profile_urls.key(old) == profile_urls.key("linkedin.com/in/krzysztof-marzec-b50576a7")


def test_letters_beyond_ascii_are_one_key_in_any_encoding() -> None:
    spellings = [
        "in/jörg-müller",
        "in/J%C3%B6rg-M%C3%BCller",
        "in/jo\u0308rg-mu\u0308ller",
        "in/j%F6rg-m%FCller",
    ]
    assert {profile_urls.key(f"https://linkedin.com/{text}") for text in spellings} == {
        "profile:linkedin.com/in/jörg-müller"
    }


def test_a_members_number_keeps_its_capitals() -> None:
    one, two = "ACoAAAbCdEfGhIjKlMnOpQrStUvWxYz012345ab", "ACoAAAbCdEfGhIjKlMnOpQrStUvWxYz012345AB"
    found = profile_urls.keys(pa.array([f"linkedin.com/in/{one}", f"linkedin.com/in/{two}"])).to_pylist()
    assert found == [f"profile:linkedin.com/in/{one}", f"profile:linkedin.com/in/{two}"]
    assert not profile_urls.is_chosen(found[0])
    assert profile_urls.is_chosen(JANE)


@pytest.mark.parametrize(
    "text",
    [
        "https://www.linkedin.com/company/acme",
        "https://www.linkedin.com/in/",
        "https://www.linkedin.com/in/unavailable",
        "https://www.linkedin.com/feed/",
        "linkedin.com",
        "https://acme.com",
        "https://acme.com/about/team",
        "https://x.com/home",
        "https://[broken",
        "n/a",
        "",
        "jane doe",
        "x" * 5_000,
    ],
)
def test_what_names_nobody_is_no_key(text: str) -> None:
    assert profile_urls.key(text) is None
    assert profile_urls.keys(pa.array([text])).to_pylist() == [None]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://twitter.com/@JaneDoe", "x.com/janedoe?s=20"),
        ("https://m.facebook.com/jane.doe", "facebook.com/JaneDoe"),
        ("facebook.com/profile.php?id=12", "https://fb.com/12"),
        ("https://www.xing.com/profile/Jane_Doe/cv", "xing.com/profile/jane_doe"),
        ("angel.co/u/jane", "https://wellfound.com/u/jane/"),
        ("https://acme.com/people?id=12&utm_source=x", "http://www.acme.com/people?id=12"),
    ],
)
def test_other_networks_have_one_spelling_too(one: str, other: str) -> None:
    assert profile_urls.key(one) == profile_urls.key(other) is not None


def test_a_host_that_only_looks_like_linkedin_is_another() -> None:
    for text in ("https://linkedin.com@evil.com/in/jane-doe", "https://notlinkedin.com/in/jane-doe"):
        assert profile_urls.key(text) != JANE


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Jane.Doe@ACME.com", " jane.doe@acme.com. "),
        ("j.a.n.e@gmail.com", "jane+news@GoogleMail.com"),
        ("jane+crm@acme.com", "jane@acme.com"),
        ("ſmith@x.com", "smith@x.com"),
        ("jane@münchen.de", "jane@xn--mnchen-3ya.de"),
        ("Jane Doe <jane@acme.com>", "mailto:jane@acme.com?subject=hi"),
        ("ｊane＠acme.com", "jane@acme.com"),
    ],
)
def test_every_spelling_of_a_mailbox_is_one_key(one: str, other: str) -> None:
    assert emails.key(one) == emails.key(other) is not None
    found = emails.keys(pa.array([one, other])).to_pylist()
    assert found[0] == found[1] == emails.key(one)


@pytest.mark.parametrize(
    "text",
    [
        "info@acme.com",
        "Sales-EMEA@acme.com",
        "no.reply@acme.com",
        "support2@acme.com",
        "info+jane@acme.com",
        "jane@0-mail.com",
        "none@none.com",
        "acme-team@acme.com",
        "jane@localhost",
        "jane",
        "@acme.com",
        "jane doe@acme.com",
        "a@b@c",
        "jane@1.2.3.4",
        "",
        "j" * 65 + "@acme.com",
        "jane@" + "a." * 2_000 + "com",
    ],
)
def test_a_mailbox_of_nobody_is_no_key(text: str) -> None:
    assert emails.key(text) is None
    assert emails.keys(pa.array([text])).to_pylist() == [None]


def test_dots_count_where_they_are_not_known_to_mean_nothing() -> None:
    assert emails.key("jane.doe@acme.com") != emails.key("janedoe@acme.com")
    assert emails.key("maria.sales@acme.com") == "email:maria.sales@acme.com"


TEXT = st.text(alphabet="aAjJ.+-_'0@:/%?#ü ſ<>,\u200b", max_size=25)
ADDRESS = st.builds(
    lambda local, domain: f"{local}@{domain}",
    st.text(alphabet="aJinfo.+-_'0ü", max_size=9),
    st.sampled_from(
        ["gmail.com", "Acme.com", "a-b.co.uk", "xn--mnchen-3ya.de", "0-mail.com", "-a.com", "ab--cd.com"]
    ),
)
PAGE = st.builds(
    lambda start, slug, end: f"{start}linkedin.com/in/{slug}{end}",
    st.sampled_from(["https://www.", "HTTP://de.", "", "x", "https://m."]),
    st.text(alphabet="aAcCoOjJ-_.%20üM", max_size=30) | st.sampled_from(["me", "null", "ACoAAA" + "x" * 30]),
    st.sampled_from(["", "/", "?a=b", "/en", "#x", " "]),
)


@given(st.lists(TEXT | ADDRESS | st.none(), max_size=8))
def test_whole_columns_of_addresses_mean_the_same_as_one_by_one(texts: list[str | None]) -> None:
    expected = [None if text is None else emails.key(text) for text in texts]
    assert emails.keys(pa.array(texts, pa.string())).to_pylist() == expected


@given(st.lists(TEXT | PAGE | st.none(), max_size=8))
def test_whole_columns_of_pages_mean_the_same_as_one_by_one(texts: list[str | None]) -> None:
    expected = [None if text is None else profile_urls.key(text) for text in texts]
    assert profile_urls.keys(pa.array(texts, pa.string())).to_pylist() == expected


@given(PAGE | TEXT)
def test_a_page_key_is_its_own_spelling(text: str) -> None:
    key = profile_urls.key(text)
    if key and profile_urls.is_chosen(key):
        assert profile_urls.key(key.removeprefix("profile:")) == key
