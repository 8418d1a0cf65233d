"""Pages by key: every row once, in order, at any depth; broken cursors are refused."""

import base64
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rollcall.core import paging
from rollcall.workspaces.models import User


def _walk(order: list[str], limit: int) -> list[int]:
    seen: list[int] = []
    cursor = None
    for _ in range(100):
        page = paging.page(User.objects.all(), order=order, cursor=cursor, limit=limit)
        seen += [user.pk for user in page.items]
        cursor = page.next_cursor
        if cursor is None:
            return seen
    raise AssertionError("the pages never ended")


@pytest.mark.django_db
@pytest.mark.parametrize("order", [["id"], ["-id"], ["name", "id"], ["-name", "-id"]])
@pytest.mark.parametrize("limit", [1, 3, 500])
def test_it_works(order: list[str], limit: int) -> None:
    """Names repeat, so only the id makes the order whole."""
    User.objects.bulk_create(User(email=f"{i}@example.com", name=f"Name {i % 3}") for i in range(20))
    assert _walk(order, limit) == list(User.objects.order_by(*order).values_list("pk", flat=True))


@pytest.mark.django_db
def test_a_cursor_of_another_list_is_refused() -> None:
    User.objects.bulk_create(User(email=f"{i}@example.com", name="N") for i in range(3))
    cursor = paging.page(User.objects.all(), order=["id"], cursor=None, limit=1).next_cursor
    with pytest.raises(paging.BadCursor):
        paging.page(User.objects.all(), order=["-id"], cursor=cursor, limit=1)


@pytest.mark.django_db
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(
    raw=st.one_of(
        st.text(max_size=40),
        st.recursive(st.none() | st.integers() | st.text(max_size=5), st.lists, max_leaves=6),
    )
)
def test_garbage_is_refused_and_never_reaches_the_database(raw: object) -> None:
    cursor = raw if isinstance(raw, str) else base64.urlsafe_b64encode(json.dumps(raw).encode()).decode()
    if not cursor:
        return
    with pytest.raises(paging.BadCursor):
        paging.page(User.objects.all(), order=["name", "id"], cursor=cursor, limit=5)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("order", "values"),
    [
        (["id"], ["x"]),
        (["id"], [""]),
        (["-last_login", "-id"], ["yesterday", 1]),
        (["-last_login", "-id"], [1, "x"]),
    ],
)
def test_a_made_up_cursor_with_values_of_another_type_is_refused(
    order: list[str], values: list[object]
) -> None:
    """Well-formed, right order, but text where the column has numbers or times."""
    cursor = base64.urlsafe_b64encode(json.dumps([order, values]).encode()).decode()
    with pytest.raises(paging.BadCursor):
        paging.page(User.objects.all(), order=order, cursor=cursor, limit=1)
