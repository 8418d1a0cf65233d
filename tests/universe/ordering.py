"""Orders at a provider in tests: a fake that the shipped description leads to, an operator, a worker with a clock."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from rollcall.universe.models import ProviderOrder
from rollcall.universe.providers import carrying, orders, registry
from rollcall.universe.providers.registry import Known
from rollcall.universe.providers.walking import Caps
from rollcall.workspaces.access import Actor
from tests.universe import provider_samples
from tests.universe.fake_provider import KEY, Clock, Fake, listening
from tests.universe.provider_examples import small

NAME = "people_data_labs"
QUERY = {"query": {"term": {"job_company_website": "acme.com"}}}
OPERATOR = Actor(ref="usr_1", label="Olga Brandt (operator)", is_operator=True)


@contextmanager
def serving(
    monkeypatch: pytest.MonkeyPatch, endpoint: str = "person_search", count: int = 25
) -> Iterator[Fake]:
    """The shipped provider on this computer, with small pages and quick second attempts, found by its name."""
    about = small(registry.get(NAME).about)
    found = next(one for one in about.endpoints if one.name == endpoint)
    made = Fake(about, found, provider_samples.records(NAME, found.tells, count))
    monkeypatch.setenv("ROLLCALL_PROVIDER_PEOPLE_DATA_LABS_KEY", KEY)
    with listening(made) as here:
        known = here.known
        real = registry.get
        monkeypatch.setattr(registry, "get", lambda name: known if name == NAME else real(name))
        yield here


def place(clock: Clock, known: Known, **changes: Any) -> ProviderOrder:
    told: dict[str, Any] = {
        "endpoint": known.endpoint(),
        "query": QUERY,
        "caps": Caps(pages=50, cost=None),
        "is_to_load": True,
        "lawful_basis": "legitimate interests",
        "key": f"form:{clock.at}",
        "actor": OPERATOR,
        "now": clock.now(),
    } | changes
    return orders.place(known=known, **told)


def work(clock: Clock, *, most: int = 50) -> int:
    """A worker for as long as something is due; how often it took up an order."""
    for done in range(most):
        order = ProviderOrder.objects.filter(
            state__in=ProviderOrder.ACTIVE, lease_until__lte=clock.now()
        ).first()
        mine = carrying.take(order_id=order.pk, now=clock.now()) if order else None
        if mine is None:
            return done
        carrying.work(mine, clock.times)
    raise AssertionError(f"still not done after {most} pieces")


def work_on(clock: Clock, order: ProviderOrder, *, hours: int = 24) -> ProviderOrder:
    """Time passes, and a worker works whenever there is something to do, until the order has ended."""
    ends = clock.at + timedelta(hours=hours)
    while clock.at < ends:
        work(clock)
        order.refresh_from_db()
        if order.state not in ProviderOrder.ACTIVE:
            return order
        clock.at = max(clock.at, order.lease_until)
    return order


def cap(cost: str) -> Caps:
    return Caps(pages=None, cost=Decimal(cost))
