"""Signing in: password, second step, recovery, links; what strangers find, and what is not there."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from allauth.mfa.adapter import get_adapter
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from django.contrib.auth import password_validation as validation
from django.core import mail
from django.test import Client
from django.urls import NoReverseMatch, reverse

from rollcall.settings import AUTH_PASSWORD_VALIDATORS
from rollcall.web import demo_sign_in
from rollcall.workspaces import members
from rollcall.workspaces.models import User, Workspace
from tests.conftest import PASSWORD
from tests.web.world import at, signed_in

TEMPLATES = Path(__file__).parents[2] / "rollcall/web/templates"


def enter(client: Client, password: str = PASSWORD, **given: str) -> Any:
    wanted = {"login": "alice@example.com", "password": password} | given
    return client.post("/account/login/", wanted)


def confirm(client: Client) -> None:
    """What protects an account asks for the password again."""
    assert client.post("/account/reauthenticate/", {"password": PASSWORD, "next": "/you"}).status_code == 302


def with_app(user: User) -> tuple[str, list[str]]:
    """Turn on the second step: the secret of the app, and the recovery codes."""
    secret = totp.generate_totp_secret()
    totp.TOTP.activate(user, secret)
    return secret, RecoveryCodes.activate(user).get_unused_codes()


def code(secret: str) -> str:
    return str(
        totp.format_hotp_value(totp.hotp_value(secret, next(iter(totp.yield_hotp_counters_from_time()))))
    )


def test_it_works(client: Client, workspace: Workspace, alice: User) -> None:
    assert client.get("/")["Location"] == "/account/login/?next=/"
    said = client.get("/account/login/").content.decode()
    assert "<h1>Sign in</h1>" in said and "Use a passkey" in said and "Accounts are made by" in said
    assert enter(client)["Location"] == "/"
    assert client.get("/")["Location"] == at(workspace, "")
    assert client.get(at(workspace, "")).status_code == 200


def test_the_way_back_to_the_page_that_was_asked_for(
    client: Client, workspace: Workspace, alice: User
) -> None:
    wanted = at(workspace, "credits?days=30")
    asked = client.get(wanted)["Location"]
    form = client.get(asked).content.decode()
    assert f'name="next" value="{wanted}"' in form
    assert enter(client, next=wanted)["Location"] == wanted


@pytest.mark.parametrize("next_", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_no_way_to_other_sites(client: Client, alice: User, next_: str) -> None:
    assert enter(client, next=next_)["Location"] == "/"


def test_a_wrong_password_says_so_without_telling_who_exists(client: Client, alice: User) -> None:
    answers = []
    for login in ("alice@example.com", "ghost@example.com"):
        answer = enter(client, "not the password", login=login)
        said = answer.content.decode()
        assert "This email and password do not belong together." in said and f'value="{login}"' in said
        assert "not the password" not in said
        answers.append(re.sub(r'value="[^"]*"|content="[^"]*"', "", said))
    assert answers[0] == answers[1]


def test_guessing_is_slowed_down(client: Client, alice: User) -> None:
    said = [enter(client, f"guess number {n}") for n in range(7)][-1].content.decode()
    assert "Too many wrong tries." in said or "Too many tries" in said
    assert enter(client).status_code != 302


def test_a_closed_account_cannot_enter(client: Client, alice: User) -> None:
    alice.is_active = False
    alice.save()
    assert enter(client)["Location"] == reverse("account_inactive")
    assert b"This account is closed" in client.get(reverse("account_inactive")).content


def test_signing_out(workspace: Workspace, page: Client) -> None:
    assert b"Searches that run go on without you." in page.get("/account/logout/").content
    assert page.get(at(workspace, "")).status_code == 200
    assert page.post("/account/logout/").status_code == 302
    assert page.get(at(workspace, ""))["Location"].startswith("/account/login/")


def test_the_second_step(client: Client, workspace: Workspace, alice: User) -> None:
    secret, codes = with_app(alice)
    asked = enter(client, next=at(workspace, "credits"))
    assert asked["Location"].startswith("/account/2fa/authenticate/")
    assert client.get(at(workspace, ""))["Location"].startswith("/account/login/")
    said = client.get(asked["Location"]).content.decode()
    assert "Sign in, second step" in said and "or one of your recovery codes" in said
    wrong = client.post(asked["Location"], {"code": "000000"}).content.decode()
    assert "That code is not right, or it is too old." in wrong
    assert client.post(asked["Location"], {"code": code(secret)})["Location"] == at(workspace, "credits")
    assert client.get(at(workspace, "")).status_code == 200
    other = Client()
    place = enter(other)["Location"]
    assert other.post(place, {"code": codes[0]}).status_code == 302
    assert other.get(at(workspace, "")).status_code == 200
    again = Client()
    place = enter(again)["Location"]
    assert again.post(place, {"code": codes[0]}).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_setting_up_the_app_and_turning_it_off(client: Client, workspace: Workspace, alice: User) -> None:
    enter(client)
    confirm(client)
    assert "Off" in client.get("/account/2fa/").content.decode()
    form = client.get("/account/2fa/totp/activate/").content.decode()
    (secret,) = re.findall(r'id="totp-secret">(\w+)<', form)
    assert 'src="data:image/svg+xml' in form and "style=" not in form
    done = client.post("/account/2fa/totp/activate/", {"code": code(secret)}, follow=True).content.decode()
    assert "The authenticator app is on." in done and "10 of 10 are left." in done
    assert ">10 left<" in client.get("/account/2fa/").content.decode()
    assert client.get("/account/2fa/recovery-codes/download/").content.decode().split()
    assert (
        b"The 10 codes that you have not used" in client.get("/account/2fa/recovery-codes/generate/").content
    )
    off = client.post("/account/2fa/totp/deactivate/", follow=True).content.decode()
    assert "The authenticator app is off." in off and "None" in off


def test_what_protects_the_account_asks_again_after_a_while(client: Client, alice: User) -> None:
    client.force_login(alice, backend="allauth.account.auth_backends.AuthenticationBackend")
    for path in ("totp/activate/", "webauthn/add/"):
        asked = client.get(f"/account/2fa/{path}")
        assert unquote(asked["Location"]) == f"/account/reauthenticate/?next=/account/2fa/{path}"
    said = client.get(asked["Location"]).content.decode()
    assert "Confirm that it is you" in said
    assert b"That is not your password." in client.post(asked["Location"], {"password": "wrong"}).content
    done = client.post(asked["Location"], {"password": PASSWORD, "next": "/account/2fa/webauthn/add/"})
    assert done["Location"] == "/account/2fa/webauthn/add/"
    form = client.get(done["Location"]).content.decode()
    assert "Sign in with this key alone" in form and "keys.js" in form and " style=" not in form


def test_changing_the_password(page: Client, alice: User) -> None:
    assert b"At least 12 characters." in page.get("/account/password/change/").content
    given = {"oldpassword": PASSWORD, "password1": "short", "password2": "short"}
    said = page.post("/account/password/change/", given).content.decode()
    assert "at least 12 characters" in said
    wrong = given | {
        "oldpassword": "no",
        "password1": "nine blue harbours",
        "password2": "nine blue harbours",
    }
    assert b"That is not your current password." in page.post("/account/password/change/", wrong).content
    done = page.post("/account/password/change/", wrong | {"oldpassword": PASSWORD}, follow=True)
    assert done.redirect_chain[-1][0] == "/you" and b"Your password was changed." in done.content
    assert enter(Client()).status_code == 200 and enter(Client(), "nine blue harbours").status_code == 302


@pytest.mark.parametrize("weak", ["short", "dana@example.com", "847362519047"])
def test_a_first_password_that_is_too_weak(client: Client, weak: str, operator: User) -> None:
    dana = members.create_user(email="dana@example.com", name="Dana")
    made = signed_in(operator).post("/operator", {"email": dana.email}).content.decode()
    (link,) = re.findall(r"http://testserver(/welcome/[^<\s]+)", made)
    answer = client.post(link, {"new_password1": weak, "new_password2": weak})
    assert (
        answer.status_code == 422 and b"attention" in answer.content and b"id_new_password" in answer.content
    )
    different = {"new_password1": "six quiet rivers", "new_password2": "six loud rivers"}
    assert b"The two passwords are not the same." in client.post(link, different).content
    dana.refresh_from_db()
    assert not dana.has_usable_password()


def test_a_link_does_not_pass_by_the_second_step(
    client: Client, alice: User, operator: User, workspace: Workspace
) -> None:
    with_app(alice)
    made = signed_in(operator).post("/operator", {"email": alice.email}).content.decode()
    (link,) = re.findall(r"http://testserver(/welcome/[^<\s]+)", made)
    new = {"new_password1": "six quiet rivers", "new_password2": "six quiet rivers"}
    assert client.post(link, new)["Location"] == "/account/login/"
    assert client.get(at(workspace, ""))["Location"].startswith("/account/login/")
    assert enter(client, "six quiet rivers")["Location"].startswith("/account/2fa/authenticate/")


@pytest.mark.parametrize("link", ["MQ/xyz", "!!/token", "OTk5OTk5OTk5OTk5OTk5OTk5OTk/abc-def"])
def test_a_link_that_was_not_copied_whole(client: Client, link: str, alice: User) -> None:
    answer = client.get(f"/welcome/{link}")
    assert answer.status_code == 403 and b"was not copied whole" in answer.content


def test_nobody_signs_up_and_nothing_goes_by_email(client: Client, alice: User) -> None:
    for path in ("signup/", "email/", "password/reset/", "confirm-email/x/", "login/code/"):
        for answer in (
            client.get(f"/account/{path}"),
            client.post(f"/account/{path}", {"email": alice.email}),
        ):
            assert answer.status_code == 404, path
    for name in ("account_signup", "account_email", "account_reset_password"):
        with pytest.raises(NoReverseMatch):
            reverse(name)
    assert mail.outbox == []


def test_the_demo_enters_by_link_and_nowhere_else(
    client: Client, alice: User, workspace: Workspace, settings: Any
) -> None:
    link = demo_sign_in.link(alice)
    assert client.get(link).status_code == 404
    assert "This is the demo" not in client.get("/account/login/").content.decode()
    settings.DEMO = True
    shown = client.get("/account/login/").content.decode()
    assert "Alice Moreau, owner of Meridian" in shown
    assert client.get(link)["Location"] == "/"
    assert client.get(at(workspace, "")).status_code == 200
    broken = Client().get(link[:-3] + "xyz")
    assert broken.status_code == 403 and b"This sign-in link ran out" in broken.content


def test_every_page_of_allauth_that_can_be_reached_is_ours(client: Client, alice: User) -> None:
    """A template of allauth's own would show here: none of ours uses its elements."""
    enter(client)
    confirm(client)
    key = "/account/2fa/webauthn/"
    for address in (
        "/account/logout/", "/account/inactive/", "/account/reauthenticate/", "/account/password/change/",
        "/account/2fa/", "/account/2fa/totp/activate/", key, f"{key}add/",
    ):  # fmt: skip
        answer = client.get(address)
        names = {str(template.name) for template in answer.templates if template.name}
        assert answer.status_code == 200, address
        assert [name for name in names if "/" in name and not name.startswith("django/")
                and not (TEMPLATES / name).exists()] == []  # fmt: skip


def test_the_names_in_the_app_and_the_length_of_passwords_are_as_documented() -> None:
    assert "issuer=Rollcall" in get_adapter().build_totp_url(User(email="a@example.com"), "SECRET")
    minimum = {"NAME": f"{validation.__name__}.MinimumLengthValidator", "OPTIONS": {"min_length": 12}}
    assert minimum in AUTH_PASSWORD_VALIDATORS
