"""Settings: members, API keys, the suppression list, the audit log, one's own account."""

import re

import pytest
from django.test import Client

from rollcall.contacts import suppression
from rollcall.core import clock
from rollcall.workspaces import api_keys, audit, members
from rollcall.workspaces.access import Actor
from rollcall.workspaces.models import Member, Role, User, Workspace
from tests.web.world import HOSTILE, at, queries, signed_in


def member(workspace: Workspace, user: User) -> Member:
    return Member.objects.get(workspace=workspace, user=user)


def invite(client: Client, workspace: Workspace, **given: str) -> str:
    wanted = {"email": "dana@example.com", "name": "Dana Whitfield", "role": "editor"} | given
    return client.post(at(workspace, "settings"), wanted, follow=True).content.decode()


def test_it_works(workspace: Workspace, page: Client) -> None:
    """Someone is invited, chooses a password with the link, and is in."""
    said = invite(page, workspace)
    assert "Dana Whitfield was added as editor." in said and "Send Dana Whitfield this link." in said
    (link,) = re.findall(r"http://testserver(/welcome/[^<\s]+)", said)
    dana = Client()
    assert "Welcome, Dana Whitfield. You sign in as dana@example.com." in dana.get(link).content.decode()
    chosen = {"new_password1": "seven tiny lanterns", "new_password2": "seven tiny lanterns"}
    assert dana.post(link, chosen)["Location"] == "/"
    assert dana.get(at(workspace, "segments")).status_code == 200
    assert dana.get(link).status_code == 403
    assert [line.action for line in audit.entries(workspace=workspace).items] == [
        "member.password_link", "member.added",
    ]  # fmt: skip


def test_whoever_is_known_already_needs_no_link(workspace: Workspace, page: Client, charlie: User) -> None:
    said = invite(page, workspace, email="Charlie@example.com", role="viewer")
    assert "Charlie Okafor was added as viewer." in said and "/welcome/" not in said


def test_a_lost_link_is_made_again_but_no_password_is_taken_over(
    workspace: Workspace, page: Client, bob: User
) -> None:
    invite(page, workspace)
    dana = User.objects.get(email="dana@example.com")
    address = at(workspace, f"settings/members/{member(workspace, dana).pk}")
    assert "Send Dana Whitfield this link." in page.post(address, {"link": "1"}).content.decode()
    bobs = at(workspace, f"settings/members/{member(workspace, bob).pk}")
    said = page.post(bobs, {"link": "1"}, follow=True).content.decode()
    assert "Bob Lind has a password." in said and "/welcome/" not in said


@pytest.mark.parametrize("given, said", [
    ({"email": "nobody"}, "Enter a valid email address"), ({"email": ""}, "This field is required"),
    ({"role": "king"}, "Select a valid choice"), ({"email": "bob@example.com"}, "already belongs to this workspace"),
    ({"name": "x" * 121}, "at most 120 characters"),
])  # fmt: skip
def test_bad_input_is_refused_and_kept(
    workspace: Workspace, page: Client, given: dict[str, str], said: str
) -> None:
    wanted = {"email": "dana@example.com", "name": "Dana", "role": "viewer"} | given
    answer = page.post(at(workspace, "settings"), wanted)
    markup = answer.content.decode()
    assert answer.status_code == 422 and said in markup
    assert f'value="{wanted["email"]}"' in markup or not wanted["email"]
    assert (
        members.of(workspace=workspace) == members.of(workspace=workspace)
        and len(members.of(workspace=workspace)) == 2
    )


def test_roles_change_and_the_last_owner_stays(
    workspace: Workspace, page: Client, alice: User, bob: User
) -> None:
    address = at(workspace, f"settings/members/{member(workspace, bob).pk}")
    assert "The role was changed." in page.post(address, {"role": "admin"}, follow=True).content.decode()
    assert member(workspace, bob).role == Role.ADMIN
    mine = at(workspace, f"settings/members/{member(workspace, alice).pk}")
    for act in ({"role": "viewer"}, {"remove": "1"}):
        assert "last owner" in page.post(mine, act, follow=True).content.decode()
    assert member(workspace, alice).role == Role.OWNER


def test_an_admin_cannot_make_or_remove_an_owner(workspace: Workspace, alice: User, bob: User) -> None:
    members.add(workspace=workspace, user=bob, role="admin")
    admin = signed_in(bob)
    owners = at(workspace, f"settings/members/{member(workspace, alice).pk}")
    own = at(workspace, f"settings/members/{member(workspace, bob).pk}")
    for address, act in ((owners, {"remove": "1"}), (owners, {"role": "viewer"}), (own, {"role": "owner"})):
        assert admin.post(address, act).status_code == 403
    assert "Only an owner" in invite(admin, workspace, role="owner")


def test_whoever_leaves_is_out_at_once(workspace: Workspace, page: Client, alice: User, bob: User) -> None:
    members.add(workspace=workspace, user=bob, role="owner")
    mine = at(workspace, f"settings/members/{member(workspace, alice).pk}")
    assert page.post(mine, {"remove": "1"})["Location"] == "/"
    assert page.get(at(workspace, "")).status_code == 404
    assert b"you do not belong to a workspace yet" in page.get("/").content


def test_a_viewer_sees_members_and_the_suppression_list_only(workspace: Workspace, viewer: Client) -> None:
    markup = viewer.get(at(workspace, "settings")).content.decode()
    assert "Alice Moreau" in markup and "Add someone" not in markup and "Remove" not in markup
    assert "API keys" not in markup and "Audit log" not in markup
    assert viewer.get(at(workspace, "settings/suppressions")).status_code == 200
    for path in ("settings/keys", "settings/audit"):
        assert viewer.get(at(workspace, path)).status_code == 403
    posts = {
        "settings": {"email": "x@example.com", "role": "viewer"}, "settings/keys": {"name": "x", "role": "viewer"},
        "settings/suppressions": {"kind": "domain", "value": "x.com"}, "settings/members/1": {"remove": "1"},
        "settings/keys/key_1/revoke": {}, "settings/suppressions/sup_1/remove": {},
        "settings/titles": {"title": "Ninja", "seniority": "vp"}, "settings/titles/tov_1/remove": {},
        "settings/titles/import": {},
    }  # fmt: skip
    for path, given in posts.items():
        assert viewer.post(at(workspace, path), given).status_code == 403, path


def test_a_key_is_shown_once_and_works_until_revoked(workspace: Workspace, page: Client) -> None:
    address = at(workspace, "settings/keys")
    made = page.post(address, {"name": "Sync", "role": "viewer", "days": "90"}).content.decode()
    (secret,) = re.findall(r"rc_live_\w{38}", made)
    key = api_keys.check(secret, now=clock.now())
    assert (key.name, key.role) == ("Sync", "viewer") and key.expires_at is not None
    assert secret not in page.get(address).content.decode()
    said = page.post(f"{address}/key_{key.pk}/revoke", follow=True).content.decode()
    assert "The key Sync was revoked." in said and ">Revoked<" in said
    with pytest.raises(api_keys.BadKey):
        api_keys.check(secret, now=clock.now())


def test_a_bad_key_is_refused_and_kept(workspace: Workspace, page: Client) -> None:
    answer = page.post(at(workspace, "settings/keys"), {"name": "Sync", "role": "owner", "days": "7"})
    assert answer.status_code == 422 and b'value="Sync"' in answer.content
    assert api_keys.of(workspace=workspace) == []


def test_c7_the_suppression_list_grows_and_shrinks(workspace: Workspace, page: Client) -> None:
    address = at(workspace, "settings/suppressions")
    assert b"Nobody is suppressed" in page.get(address).content
    wanted = {"kind": "domain", "value": "https://www.Example.com/", "reason": "Asked us"}
    for _ in range(2):
        said = page.post(address, wanted, follow=True).content.decode()
        assert "example.com is suppressed: never added, never charged, never delivered." in said
    (row,) = suppression.of(workspace=workspace).items
    assert (
        "The entry was removed." in page.post(f"{address}/sup_{row.pk}/remove", follow=True).content.decode()
    )
    assert page.post(f"{address}/sup_{row.pk}/remove").status_code == 404


def test_a_bad_suppression_is_refused_and_kept(workspace: Workspace, page: Client) -> None:
    answer = page.post(
        at(workspace, "settings/suppressions"), {"kind": "email", "value": "nonsense", "reason": "x"}
    )
    assert answer.status_code == 422 and b"nothing was suppressed" in answer.content
    assert b'value="nonsense"' in answer.content


def test_the_audit_log_reads_without_braces(workspace: Workspace, page: Client, actor: Actor) -> None:
    detail = {"segment": {"id": "seg_1", "name": "Energy"}, "personas": [{"id": "per_1", "name": "CFOs"}],
              "credits_max": 1200, "historical": False}  # fmt: skip
    audit.write(
        workspace=workspace, actor=actor, action="run.started", target="run_1", now=clock.now(), detail=detail
    )
    said = page.get(at(workspace, "settings/audit")).content.decode()
    parts = set(re.search(r'<td class="muted">(.*?)</td>', said)[1].split(" · "))  # type: ignore[index]
    assert parts == {"segment: Energy", "personas: CFOs", "credits max: 1,200", "historical: no"}


def test_strangers_and_what_does_not_exist_look_alike(
    workspace: Workspace, page: Client, stranger: Client, other_workspace: Workspace, charlie: User
) -> None:
    for path in ("settings", "settings/keys", "settings/suppressions", "settings/titles", "settings/audit"):
        assert stranger.get(at(workspace, path)).status_code == 404
    theirs = member(other_workspace, charlie).pk
    for number in (theirs, 999_999):
        for act in ({"remove": "1"}, {"role": "viewer"}, {"link": "1"}):
            assert page.post(at(workspace, f"settings/members/{number}"), act).status_code == 404
    assert member(other_workspace, charlie).role == "owner"
    assert page.post(at(workspace, "settings/keys/key_999/revoke")).status_code == 404


def test_hostile_names_stay_text(workspace: Workspace, page: Client, alice: User, actor: Actor) -> None:
    alice.name = HOSTILE
    alice.save()
    api_keys.create(workspace=workspace, name=HOSTILE[:120], role="viewer", actor=actor, now=clock.now())
    page.post(at(workspace, "settings/suppressions"), {"kind": "domain", "value": "x.com", "reason": HOSTILE})
    page.post(at(workspace, "settings/titles"), {"title": HOSTILE, "seniority": "vp", "why": HOSTILE})
    for path in ("settings", "settings/keys", "settings/suppressions", "settings/titles", "settings/audit"):
        markup = page.get(at(workspace, path)).content.decode()
        assert "<script>alert" not in markup and "&lt;script&gt;alert" in markup, path


def test_long_lists_are_paged_and_cost_no_more(workspace: Workspace, page: Client, actor: Actor) -> None:
    few = [queries(page, at(workspace, f"settings/{path}")) for path in ("audit", "suppressions", "keys")]
    for number in range(60):
        given = {"kind": "domain", "value": f"d{number}.com", "reason": ""}
        suppression.add(workspace=workspace, actor=actor, now=clock.now(), **given)
    many = [queries(page, at(workspace, f"settings/{path}")) for path in ("audit", "suppressions", "keys")]
    assert many == few
    first = page.get(at(workspace, "settings/suppressions")).content.decode()
    (more,) = re.findall(r'href="(\?[^"]*after=[^"]*)"', first)
    second = page.get(at(workspace, "settings/suppressions") + more.replace("&amp;", "&")).content.decode()
    assert "d59.com" in first and "d0.com" not in first and "d0.com" in second


def test_ones_own_name_and_appearance(page: Client, alice: User, workspace: Workspace) -> None:
    assert page.post("/you", {"name": "  Alice M.  ", "theme": "dark"})["Location"] == "/you"
    markup = page.get(at(workspace, "")).content.decode()
    assert 'data-theme="dark"' in markup and "Alice M." in markup
    for given in ({"name": "", "theme": "dark"}, {"name": "A", "theme": "pink"}):
        assert page.post("/you", given).status_code == 422
    alice.refresh_from_db()
    assert (alice.name, alice.theme) == ("Alice M.", "dark")
