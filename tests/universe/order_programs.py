"""A worker that may be killed while it carries out an order: `python -m … <url> <endpoint> <subjects, by commas>`."""

import json
import sys
from typing import Any

import django

django.setup()

from rollcall.core import clock  # noqa: E402
from rollcall.universe.models import ProviderOrder  # noqa: E402
from rollcall.universe.providers import carrying, orders, registry  # noqa: E402
from rollcall.universe.providers.description import Limit  # noqa: E402
from rollcall.universe.providers.registry import Known  # noqa: E402
from rollcall.universe.providers.walking import Caps  # noqa: E402
from rollcall.workspaces.access import Actor  # noqa: E402
from tests.universe.provider_examples import small  # noqa: E402

NAME = "people_data_labs"


def main(url: str, name: str, subjects: str) -> None:
    """Place the order unless it is there, then work until it has ended; leases of the dead are past at once."""
    shipped = registry.get(NAME)
    about = small(shipped.about).model_copy(update={"url": url, "timeout_seconds": 5.0})
    quick = [one.model_copy(update={"limits": (Limit(calls=500, seconds=1),)}) for one in about.endpoints]
    known = Known(about.model_copy(update={"endpoints": tuple(quick)}), shipped.mapping)
    registry.get = lambda name: known
    query: dict[str, Any] = {"subjects": subjects.split(",")} if subjects else {"query": {"match_all": {}}}
    order = orders.place(
        known=known, endpoint=known.endpoint(name), query=query, caps=Caps(pages=100), is_to_load=True,
        lawful_basis="legitimate interests", key="one", now=clock.now(),
        actor=Actor(ref="usr_1", label="Olga Brandt (operator)", is_operator=True),
    )  # fmt: skip
    ProviderOrder.objects.update(lease_until=clock.now())
    for _ in range(50):
        if not carrying.carry_on(now=clock.now()):
            break
    order.refresh_from_db()
    told = orders.standing(order)
    facts = {"state": order.state, "problem": order.problem, "version": order.version, "found": order.found,
             "records": told.records, "cost": told.spent.answered, "maybe": told.spent.maybe_calls}  # fmt: skip
    print(json.dumps(facts, default=str))


if __name__ == "__main__":
    main(*sys.argv[1:4])
