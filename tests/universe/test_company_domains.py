"""Which root domain a pasted text names, and which of them are no company's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollcall.contacts import spellings
from rollcall.universe import domains
from rollcall.universe.identity.companies import addresses


@pytest.mark.parametrize(
    ("text", "root"),
    [
        ("https://www.Acme.co.uk/about", "acme.co.uk"),
        ("acme.com..", "acme.com"),
        ("acme.com:8080", "acme.com"),
        ("https://user:word@acme.com/x", "acme.com"),
        ("https://google.com@acme.com/", "acme.com"),
        ("mailto:info@acme.com", "acme.com"),
        ("Acme <info@acme.com>", "acme.com"),
        ("(acme.com),", "acme.com"),
        ("http:/acme.com", "acme.com"),
        ("https//acme.com", "acme.com"),
        ("http://https://acme.com", "acme.com"),
        ("*.acme.com", "acme.com"),
        (r"acme.com\about", "acme.com"),
        ("my_shop.acme.com", "acme.com"),
        ("ac\u200bme.com", "acme.com"),
        ("acme。com", "acme.com"),
        ("straße.de", "xn--strae-oqa.de"),
        ("STRASSE.de", "strasse.de"),
        ("аcme.com", "xn--cme-5cd.com"),
        ("r3---sn.acme.com", "acme.com"),
        ("shop-a.myshopify.com", "shop-a.myshopify.com"),
        ("www.shop-a.wordpress.com", "shop-a.wordpress.com"),
        ("wordpress.com", "wordpress.com"),
        ("city.kawasaki.jp", "city.kawasaki.jp"),
        ("a@b.com, c@d.com", None),
        ("0x7f.0.0.0x1", None),
        ("192.168.0.1", None),
        ("[::1]", None),
        ("github.io", None),
        ("co.uk", None),
        ("a..b.com", None),
        ("xn--a.com", None),
        ("acme.com (main)", None),
        ("localhost", None),
    ],
)
def test_s1_root_domains_of_what_people_paste(text: str, root: str | None) -> None:
    assert domains.root_domain(text) == root


@given(st.text(max_size=80) | st.from_regex(r"[a-zA-Z0-9:/@.\-_\\%<>, ]{1,60}", fullmatch=True))
def test_a_root_domain_is_its_own_root(text: str) -> None:
    root = domains.root_domain(text)
    if root is not None:
        assert domains.root_domain(root) == root
        assert root.isascii() and root == root.lower() and "." in root


@pytest.mark.parametrize(
    ("text", "name", "root", "host"),
    [
        ("https://shop.acme.com/x", "Acme", "acme.com", "shop.acme.com"),
        ("www.acme.com", "Acme", "acme.com", None),
        ("acme.github.io", "Acme", "acme.github.io", None),
        ("linkedin.com", "LinkedIn Corporation", "linkedin.com", None),
        ("shaw.ca", "Shaw Communications Inc.", "shaw.ca", None),
        ("singpost.com", "Singapore Post Limited", "singpost.com", None),
    ],
)
def test_the_host_is_kept_apart(text: str, name: str, root: str, host: str | None) -> None:
    assert addresses.read(text, name=name) == addresses.Address(root, host)


@pytest.mark.parametrize(
    "text",
    ["linkedin.com/company/acme", "https://www.facebook.com/acme", "gmail.com", "medium.com/@acme", "github.io",
     "sites.google.com/view/acme", "boards.greenhouse.io/acme", "acme.zendesk.com"],
)  # fmt: skip
def test_c6_pages_and_mailboxes_are_no_companys_domain(text: str) -> None:
    assert addresses.read(text, name="Acme") is None


def test_s1_a_pasted_page_or_mailbox_leads_to_nobody() -> None:
    assert addresses.is_of_nobody("linkedin.com/company/acme")
    assert addresses.is_of_nobody("boards.greenhouse.io/acme")
    assert addresses.is_of_nobody("joe@gmail.com") and addresses.is_of_nobody("jean@orange.fr")
    assert addresses.is_of_nobody("facebook.com/acme") and addresses.is_of_nobody("google.com/maps/place/x")
    assert not addresses.is_of_nobody("https://www.linkedin.com/") and not addresses.is_of_nobody(
        "google.com"
    )
    assert not addresses.is_of_nobody("orange.fr") and not addresses.is_of_nobody("info@acme.com")


def test_x1_a_suppressed_domain_is_spelled_as_companies_spell_it() -> None:
    for text in ("straße.de", "https://www.STRAẞE.de/x", "xn--strae-oqa.de"):
        assert spellings.domain(text) == domains.root_domain(text) == "xn--strae-oqa.de"
    assert spellings.domain("strasse.de") == "strasse.de"
