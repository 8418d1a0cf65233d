"""Charging: one credit, once, for each unique profile at a company."""

from datetime import datetime

import pytest
from django.db import DatabaseError, connection, transaction

from rollcall.credits import balances, claims, columns, holds, ledger, posting, wallets
from rollcall.credits.models import Acquisition, Entry, Wallet
from rollcall.workspaces.models import Workspace
from tests.credits import acts


def test_it_works(workspace: Workspace, now: datetime) -> None:
    grant = acts.grant(workspace, 100, now)
    held = acts.hold(workspace, 60, now, run_id=3)
    captured = acts.capture(workspace, held, acts.people(50), now, run_id=3, context={"segment": "seg_1"})
    assert sorted(captured.fresh) == acts.people(50)
    entry = captured.entry
    assert entry is not None and entry == Entry.objects.get(kind="charge")
    assert (entry.amount, entry.balance_change, entry.hold, entry.run_id) == (50, -50, held, 3)
    assert (entry.context, entry.actor_label) == ({"segment": "seg_1"}, "Rollcall")
    assert ledger.grant_split(entry=entry) == [(grant, 50)]
    assert set(Acquisition.objects.values_list("grant_id", flat=True)) == {grant.pk}
    acts.prove()


def test_c3_once_for_ever(workspace: Workspace, now: datetime) -> None:
    """C3: again in another run, again inside one batch, in another order: free."""
    acts.grant(workspace, 100, now)
    held = acts.hold(workspace, 10, now)
    first = acts.capture(workspace, held, [(1, 1), (2, 1), (1, 1)], now)
    assert sorted(first.fresh) == [(1, 1), (2, 1)]
    again = acts.capture(workspace, held, [(2, 1), (3, 1), (1, 1)], now)
    assert again.fresh == [(3, 1)]
    nobody = acts.capture(workspace, acts.hold(workspace, 10, now), acts.people(3), now)
    assert nobody == ledger.Captured(entry=None, fresh=[])
    assert Entry.objects.filter(kind="charge").count() == 2
    acts.prove()


def test_c3_the_database_refuses_a_second_claim(workspace: Workspace, now: datetime) -> None:
    acts.grant(workspace, 100, now)
    acts.charge(workspace, [(1, 1)], now)
    claim = Acquisition.objects.get()
    with pytest.raises(DatabaseError, match=r"(?i)unique|duplicate"), transaction.atomic():
        Acquisition.objects.bulk_create(
            [
                Acquisition(
                    workspace=workspace, profile_id=1, company_id=1, entry=claim.entry, grant=claim.grant
                )
            ]
        )
    for verb in (lambda row: row.update(profile_id=2), lambda row: row._raw_delete(row.db)):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            verb(Acquisition.objects.filter(profile_id=1))


def test_c4_the_same_profile_at_another_company_is_another(workspace: Workspace, now: datetime) -> None:
    acts.grant(workspace, 100, now)
    assert acts.charge(workspace, [(1, 1)], now).fresh == [(1, 1)]
    assert acts.charge(workspace, [(1, 1), (1, 2)], now).fresh == [(1, 2)]


def test_another_workspace_pays_for_itself(
    workspace: Workspace, other_workspace: Workspace, now: datetime
) -> None:
    for mine in (workspace, other_workspace):
        acts.grant(mine, 5, now)
        assert len(acts.charge(mine, acts.people(5), now).fresh) == 5
    acts.prove()


def test_g3_the_same_key_again_answers_the_same(workspace: Workspace, now: datetime) -> None:
    acts.grant(workspace, 100, now)
    held = acts.hold(workspace, 10, now)
    acts.capture(workspace, held, [(9, 9)], now)
    pairs = [(1, 1), (2, 2), (9, 9)]
    first = acts.capture(workspace, held, pairs, now, key="c")
    acts.release(workspace, held, now)
    before = acts.state()
    assert acts.capture(workspace, held, pairs, now, key="c") == first
    for others in ([(1, 1)], [*pairs, (5, 5)], [(3, 3)]):
        with pytest.raises(posting.KeyReused):
            acts.capture(workspace, held, others, now, key="c")
    assert acts.state() == before


def test_a_key_that_wrote_another_entry_charges_nothing(workspace: Workspace, now: datetime) -> None:
    acts.grant(workspace, 100, now, key="k")
    held = acts.hold(workspace, 10, now)
    before = acts.state()
    with pytest.raises(posting.KeyReused):
        acts.capture(workspace, held, [(1, 1)], now, key="k")
    assert acts.state() == before


def test_e3_never_more_than_the_hold(workspace: Workspace, now: datetime) -> None:
    acts.grant(workspace, 100, now)
    held = acts.hold(workspace, 10, now)
    acts.capture(workspace, held, acts.people(6), now)
    before = acts.state()
    with pytest.raises(ledger.HoldTooSmall, match="has 4 credits left"):
        acts.capture(workspace, held, acts.people(11), now)
    assert acts.state() == before
    assert len(acts.capture(workspace, held, acts.people(10), now).fresh) == 4
    assert acts.capture(workspace, held, acts.people(10), now).fresh == []
    acts.prove()


def test_a_closed_hold_charges_nothing(workspace: Workspace, now: datetime) -> None:
    acts.grant(workspace, 100, now)
    held = acts.hold(workspace, 10, now)
    acts.release(workspace, held, now)
    before = acts.state()
    with pytest.raises(ledger.HoldClosed):
        acts.capture(workspace, held, acts.people(1), now)
    assert acts.state() == before


def test_without_a_hold_nothing_may_be_new(workspace: Workspace, now: datetime) -> None:
    acts.grant(workspace, 100, now)
    acts.charge(workspace, acts.people(3), now)
    before = acts.state()
    assert acts.capture(workspace, None, acts.people(3), now).fresh == []
    with pytest.raises(ledger.HoldTooSmall):
        acts.capture(workspace, None, acts.people(4), now)
    assert acts.capture(workspace, None, [], now).fresh == []
    assert acts.state() == before


def test_g2_a_batch_over_several_grants_names_the_grant_of_each_claim(
    workspace: Workspace, now: datetime
) -> None:
    """C9 and G2: owned people inside the batch do not use up the places of the grant that burns first."""
    acts.grant(workspace, 100, now, name="paid")
    acts.charge(workspace, acts.people(4), now)
    gift = acts.grant(workspace, 3, now, name="gift", kind="promotional")
    held = acts.hold(workspace, 8, now)
    captured = acts.capture(workspace, held, acts.people(10), now)
    assert captured.entry is not None
    assert [(g.name, n) for g, n in ledger.grant_split(entry=captured.entry)] == [("gift", 3), ("paid", 3)]
    assert Acquisition.objects.filter(grant=gift).count() == 3
    acts.prove()


def test_a_capture_leaves_the_wallet_row_alone(workspace: Workspace, now: datetime) -> None:
    acts.grant(workspace, 10, now)
    held = acts.hold(workspace, 6, now)
    acts.capture(workspace, held, acts.people(5), now)
    assert Wallet.objects.values_list("available", "held").get() == (4, 6)
    assert balances.quick(workspace=workspace, now=now) == (4, 1)


def test_e4_rolled_back_with_its_caller(workspace: Workspace, now: datetime) -> None:
    acts.grant(workspace, 10, now)
    held = acts.hold(workspace, 6, now)
    before = acts.state()
    with pytest.raises(RuntimeError), transaction.atomic():
        acts.capture(workspace, held, acts.people(5), now)
        raise RuntimeError
    assert acts.state() == before


@pytest.mark.parametrize(("available", "held"), [(-1, 0), (0, -1)])
def test_g1_the_database_refuses_a_negative_balance(
    workspace: Workspace, now: datetime, available: int, held: int
) -> None:
    acts.grant(workspace, 10, now)
    with pytest.raises(DatabaseError, match=r"(?i)check"), transaction.atomic():
        Wallet.objects.update(available=available, held=held)


def test_g1_what_is_not_there_cannot_be_taken_whatever_was_read_before(
    workspace: Workspace, now: datetime
) -> None:
    """Invariant 2: the UPDATE itself has the condition, and says so in plain words before the CHECK would."""
    grant = acts.grant(workspace, 10, now)
    before = acts.state()
    with pytest.raises(columns.OutOfStep):
        _take_eleven(workspace, now)
    with pytest.raises(columns.OutOfStep):
        columns.move_grant(grant.pk, remaining=-11, held=11)
    assert acts.state() == before


def _take_eleven(workspace: Workspace, now: datetime) -> None:
    with transaction.atomic():
        wallets.move(wallets.lock(workspace), available=-11, held=11, entry=None, now=now)


def test_a_batch_of_ten_thousand_is_a_fixed_number_of_statements(
    workspace: Workspace, now: datetime, django_assert_max_num_queries: object
) -> None:
    acts.grant(workspace, 20_000, now)
    held = acts.hold(workspace, 20_000, now)
    with django_assert_max_num_queries(11):  # type: ignore[operator]
        assert len(acts.capture(workspace, held, acts.people(10_000), now).fresh) == 10_000
    acts.prove()


def test_claims_of_64_bits_are_found(workspace: Workspace, now: datetime) -> None:
    acts.grant(workspace, 5, now)
    big = [(2**63 - 1, 2**63 - 2), (2**53 + 1, 1)]
    assert sorted(acts.charge(workspace, big, now).fresh) == sorted(big)
    assert claims.among(workspace=workspace, pairs=[*big, (2**53, 1)]) == set(big)


def test_a_claim_must_name_a_grant_of_its_workspace(
    workspace: Workspace, other_workspace: Workspace, now: datetime
) -> None:
    acts.grant(workspace, 5, now)
    foreign = acts.grant(other_workspace, 5, now)
    acts.charge(workspace, [(1, 1)], now)
    entry = Entry.objects.get(kind="charge")
    if connection.vendor != "postgresql":
        pytest.skip("on SQLite the foreign key alone guards this; the proof (L10) finds the rest")
    with pytest.raises(DatabaseError, match="does not have"), transaction.atomic():
        claims.insert(
            workspace=workspace, pairs=[(2, 1)], personas={}, entry_id=entry.pk, grant_id=foreign.pk
        )


def test_spending_then_holding_more_than_is_left(workspace: Workspace, now: datetime) -> None:
    acts.grant(workspace, 10, now)
    acts.charge(workspace, acts.people(7), now)
    with pytest.raises(holds.NotEnoughCredits, match="1 short"):
        acts.hold(workspace, 4, now)
