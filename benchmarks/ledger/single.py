"""One person at a time: the whole charge (claim, legs, columns, entry, wallet) in one transaction, by many clients."""

import random
from typing import Any

from benchmarks.ledger import crowd
from benchmarks.ledger.peer import Peer
from benchmarks.ledger.table import Row

WALLETS, CLIENTS = 50, 20


def rows(*, seconds: float, peer: Peer | None) -> list[Row]:
    """Spread over 50 wallets, and all on one; our figure beside the peer's transfer in the same session."""
    made = []
    for wallets, factor in ((WALLETS, 2.0), (1, 1.0)):
        workspaces = _workspaces(wallets)
        theirs = peer.single(pairs=wallets, clients=CLIENTS, seconds=seconds) if peer else None
        ours = _charge(workspaces, CLIENTS, seconds)
        where = f"{wallets} wallets" if wallets > 1 else "one hot wallet"
        ratio = ours.rate / theirs.rate if theirs else None
        made.append(
            Row(
                f"single full charge, {where}, {CLIENTS} clients",
                f"{ours.rate:,.0f} /s" + (f" ({ratio:.2f}×)" if ratio else ""),
                f"≥ {factor:g}× the peer's transfer",
                None if ratio is None else ratio >= factor,
                f"median {ours.median_ms:.1f} ms, slowest {ours.slowest_ms:.0f} ms",
            )
        )
        if theirs:
            pair = f"{wallets} pairs" if wallets > 1 else "one hot pair"
            made.append(
                Row(f"  pgledger: single transfer, {pair}, {CLIENTS} clients", f"{theirs.rate:,.0f} /s",
                    how=f"median {theirs.median_ms:.1f} ms, slowest {theirs.slowest_ms:.0f} ms")
            )  # fmt: skip
    return made


def _workspaces(number: int) -> list[Any]:
    from rollcall.core import clock
    from rollcall.credits import grants
    from rollcall.workspaces import access, members

    now, actor = clock.now(), access.system("benchmark")
    found = [members.create_workspace(name=f"Single {number} {n}", now=now) for n in range(number)]
    for mine in found:
        grants.add(workspace=mine, amount=10**9, kind="package", name="All", key="all", actor=actor, now=now)
    return found


def _charge(workspaces: list[Any], clients: int, seconds: float) -> crowd.Done:
    from rollcall.core import clock
    from rollcall.credits import singles
    from rollcall.workspaces import access

    actor = access.system("benchmark")

    def client(number: int) -> crowd.Act:
        dice, turn = random.Random(number), iter(range(number, 10**9, clients))
        assert singles  # imported before the clock starts

        def act() -> None:
            person = next(turn)
            singles.charge(
                workspace=dice.choice(workspaces), profile_id=person, company_id=person % 997,
                key=f"single-{person}", actor=actor, now=clock.now(),
            )  # fmt: skip

        return act

    return crowd.measure(clients=clients, seconds=seconds, client=client)
