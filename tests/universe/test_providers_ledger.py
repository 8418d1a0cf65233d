"""The call ledger comes first: committed before a call is made, outside of any transaction, at the pace allowed."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime
from typing import Any

import pytest
from django.db import connection

from rollcall.core import http
from rollcall.universe import providers
from rollcall.universe.models import ProviderAttempt, ProviderCall, ProviderWalk
from rollcall.universe.providers import answers, buying, keys, ledger, pacing, registry, walking
from rollcall.universe.providers.description import Limit, Retries
from tests.universe import provider_samples
from tests.universe.fake_provider import KEY, Clock, Fake, listening
from tests.universe.provider_examples import small

QUERY = {"sql": "SELECT * FROM person WHERE job_company_website='acme.com'"}
NOW = datetime(2026, 9, 1, 12, 0, tzinfo=UTC)
pytestmark = pytest.mark.usefixtures("fakes_answer")


@pytest.fixture
def fake() -> Iterator[Fake]:
    about = small(registry.get("people_data_labs").about)
    with listening(
        Fake(about, about.endpoints[0], provider_samples.records(about.name, "people", 25))
    ) as here:
        yield here


def ask(fake: Fake, **caps: Any) -> walking.Ask:
    return walking.Ask(fake.known, fake.endpoint, QUERY, walking.Caps(**(caps or {"pages": 100})))


def search(fake: Fake, clock: Clock, **caps: Any) -> walking.Report:
    return providers.search(ask=ask(fake, **caps), times=clock.times, dice=random.Random(1))


@pytest.mark.django_db(transaction=True)
def test_a_call_is_written_down_and_committed_before_it_is_made(
    fake: Fake, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, seen = http.call, []

    def watched(**kwargs: Any) -> http.Answer:
        call_key = kwargs["headers"]["Idempotency-Key"]
        seen.append((connection.in_atomic_block, ProviderAttempt.objects.get(call__key=call_key).state))
        return real(**kwargs)

    monkeypatch.setattr(http, "call", watched)
    assert search(fake, clock).state == "whole"
    assert seen == [(False, "sent")] * 4


@pytest.mark.django_db
def test_what_is_kept_of_a_search(fake: Fake, clock: Clock) -> None:
    search(fake, clock)
    walk = ProviderWalk.objects.get()
    assert (walk.state, walk.told_total, walk.query) == ("whole", 25, ask(fake).canonical)
    calls = list(ProviderCall.objects.order_by("number"))
    assert [(c.number, c.state, c.records, c.cost) for c in calls] == [
        (0, "answered", 7, 7), (1, "answered", 7, 7), (2, "answered", 7, 7), (3, "answered", 4, 4)
    ]  # fmt: skip
    assert [c.page_token for c in calls] == ["", "t$7", "t$14", "t$21"]
    assert [key for key, _ in fake.asked] == [c.key for c in calls]
    on_disk = [p.name.split(".")[0] for p in answers.home().rglob("*.gz")]
    assert sorted(on_disk) == sorted(c.answer_hash for c in calls)
    assert not list((answers.home() / "arriving").iterdir())
    assert {p.stat().st_mode & 0o077 for p in answers.home().rglob("*.gz")} == {0}
    assert KEY.encode() not in b"".join(p.read_bytes() for p in answers.home().rglob("*") if p.is_file())


@pytest.mark.django_db
def test_the_same_query_spelled_otherwise_is_the_same(fake: Fake, clock: Clock) -> None:
    one = walking.Ask(fake.known, fake.endpoint, {"a": 1, "b": [1, {"d": 1, "c": 2}]}, walking.Caps(pages=9))
    two = walking.Ask(fake.known, fake.endpoint, {"b": [1, {"c": 2, "d": 1}], "a": 1}, walking.Caps(pages=9))
    assert providers.search(ask=one, times=clock.times).bought_now == 4
    assert providers.search(ask=two, times=clock.times).bought_now == 0


@pytest.mark.django_db
def test_asked_anew_it_is_bought_anew(fake: Fake, clock: Clock) -> None:
    first = search(fake, clock, pages=2)
    again = providers.search(ask=ask(fake), times=clock.times, is_anew=True)
    assert (again.bought_now, len(fake.asked)) == (4, 6)
    assert ProviderWalk.objects.get(pk=first.walk).state == "ended"


@pytest.mark.django_db
def test_a_query_about_a_person_is_not_kept(clock: Clock) -> None:
    about = small(registry.get("people_data_labs").about)
    endpoint = next(e for e in about.endpoints if e.name == "person_enrich")
    with listening(Fake(about, endpoint, provider_samples.records(about.name, "people", 1))) as fake:
        one = walking.Ask(fake.known, endpoint, {"email": "ana@acme.com"}, walking.Caps(pages=1))
        assert providers.search(ask=one, times=clock.times).records == 1
        assert fake.asked[0][1]["email"] == "ana@acme.com"
    assert ProviderWalk.objects.get().query == ""


@pytest.mark.django_db
@pytest.mark.parametrize(("calls", "seconds"), [(3, 60), (1, 2), (5, 3600)])
def test_the_limits_of_the_provider_are_kept(fake: Fake, clock: Clock, calls: int, seconds: int) -> None:
    """Measured where they are counted, at the provider; over several searches and programs."""
    fake.endpoint = fake.endpoint.model_copy(update={"limits": (Limit(calls=calls, seconds=seconds),)})
    fake.now, fake.allows = clock.now, (calls, seconds)
    for number in range(3):
        one = walking.Ask(fake.known, fake.endpoint, {"number": number}, walking.Caps(pages=100))
        for _ in range(20):
            if providers.search(ask=one, times=clock.times).state == "whole":
                break
            clock.sleep(seconds)  # it does not sit through an hour: it says when to come again
        else:
            raise AssertionError("never whole")
    assert len(fake.asked) == 12 and fake.refused_for_speed == 0
    for first, last in zip(fake.arrived, fake.arrived[calls:], strict=False):
        assert last - first >= timedelta(seconds=seconds) - timedelta(milliseconds=100)


@pytest.mark.django_db
def test_a_tighter_limit_than_described_is_learned_from_the_answers(fake: Fake, clock: Clock) -> None:
    """429 and Retry-After: the wait is as long as it asks for."""
    fake.now, fake.allows, fake.headers = clock.now, (2, 30), {"Retry-After": "30"}
    report = search(fake, clock)
    assert report.state == "whole" and fake.refused_for_speed == 1
    assert report.waited_seconds >= 30


@pytest.mark.django_db
def test_when_the_headers_say_that_nothing_is_left_it_waits_before_asking(fake: Fake, clock: Clock) -> None:
    fake.headers = {"X-RateLimit-Remaining": "{'minute': 0, 'day': 40}", "X-RateLimit-Reset": "17"}
    assert search(fake, clock).waited_seconds >= 3 * 16.9


@pytest.mark.django_db
def test_nobody_sits_through_a_day(fake: Fake, clock: Clock) -> None:
    fake.misbehave, fake.headers = (lambda n: "429"), {"Retry-After": "86400"}
    report = search(fake, clock)
    assert report.state == "open" and "before 2026-09-02 12:00" in report.why and report.attempts_now == 1
    fake.misbehave, fake.headers = (lambda n: ""), {}
    assert "before 2026-09-02 12:00" in search(fake, clock).why and len(fake.asked) == 1
    clock.sleep(86_400)
    assert search(fake, clock).state == "whole"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120), ("0.5", 0.5), ("-5", 0), ("999999999", 86_400),
        (format_datetime(NOW + timedelta(seconds=90)), 90),
        ("Tue, 01 Sep 2026 11:00:00 GMT", 0), ("soon", None), ("nan", None), ("inf", None), ("", None), ("1e400", None),
        ("Tue, 99 Sep 2026 11:00:00 GMT", None),
    ],
)  # fmt: skip
def test_what_retry_after_can_be(text: str, seconds: float | None) -> None:
    assert pacing.asked_wait({"retry-after": text}, NOW) == seconds


@pytest.mark.parametrize(
    ("left", "reset", "seconds"),
    [
        ("0", "30", 30), ("0", str(int(NOW.timestamp()) + 45), 45),
        ("0", str(int(NOW.timestamp() * 1000) + 45_000), 45),
        ("0", "2026-09-01T12:00:20", 20), ("0", "2026-09-01T14:00:20+02:00", 20), ("{'minute': 0}", "5", 5),
        ("{'minute': 9}", "5", None), ("1", "30", None), ("0", "yesterday", None), ("0", "", None), ("0", "nan", None),
        ("0", "99999999999999999999", None), ("0", "-4", None), ("[[[", "5", None), ("0", "2026-01-01T00:00:00", None),
    ],
)  # fmt: skip
def test_what_the_limit_headers_can_be(left: str, reset: str, seconds: int | None) -> None:
    for spelling in ("x-ratelimit-", "ratelimit-"):
        until = pacing.used_up_until({f"{spelling}remaining": left, f"{spelling}reset": reset}, NOW)
        assert (until and round((until - NOW).total_seconds())) == seconds


def test_second_attempts_spread_out() -> None:
    retries, dice = Retries(first_seconds=1, most_seconds=60), random.Random(3)
    waits = [[pacing.back_off(n, retries, dice) for _ in range(200)] for n in (1, 2, 3, 9, 5000)]
    for row, most in zip(waits, (1, 2, 4, 60, 60), strict=True):
        assert most / 2 <= min(row) < max(row) <= most and len(set(row)) > 190


@pytest.mark.django_db
def test_the_budget_of_second_attempts_is_kept(fake: Fake, clock: Clock) -> None:
    """A provider that is half down is not hammered: 500 pages do not mean 2,500 calls."""
    fake.misbehave = lambda number: "503" if number % 2 == 0 else ""
    known = fake.known
    retries = Retries(attempts_max=6, budget=2, first_seconds=0.01, most_seconds=0.02)
    known = registry.Known(known.about.model_copy(update={"retries": retries}), known.mapping)
    report = providers.search(
        ask=walking.Ask(known, fake.endpoint, QUERY, walking.Caps(pages=9)), times=clock.times
    )
    assert (report.state, report.pages, report.attempts_now) == ("open", 2, 5) and "503" in report.why


@pytest.mark.django_db
def test_another_machine_is_waited_for(fake: Fake, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it has sent may be on its way until its time-out has passed; only then is the page asked for again."""
    walk = ledger.open_walk(
        known=fake.known, endpoint=fake.endpoint, canonical=ask(fake).canonical, now=clock.now()
    )
    call = ledger.plan(walk=walk, canonical=ask(fake).canonical, number=0, token="", now=clock.now())
    monkeypatch.setattr(ledger, "_sender", lambda: "another")
    common: dict[str, Any] = {
        "call": call,
        "limits": (),
        "credit": "credit",
        "cost_max": Decimal(7),
        "cost_cap": None,
    }
    sent = ledger.send(**common, timeout_seconds=30, now=clock.now())
    assert isinstance(sent, ProviderAttempt)
    monkeypatch.setattr(ledger, "_sender", lambda: "this one")
    found = ledger.send(**common, timeout_seconds=30, now=clock.now())
    assert isinstance(found, ledger.Wait) and 34 < found.seconds <= 35
    report = search(fake, clock)
    assert report.maybe_bought_calls == 1 and report.records == 25


@pytest.mark.django_db
def test_an_answer_that_is_lost_from_disk_is_told(fake: Fake, clock: Clock) -> None:
    search(fake, clock)
    path = next(answers.home().rglob("*.gz"))
    path.write_bytes(path.read_bytes()[:-20])
    report = search(fake, clock)
    assert "missing or damaged" in report.why and report.state == "open" and len(fake.asked) == 4
    with pytest.raises(answers.AnswerGone):
        providers.Source(fake.known, QUERY).roster()


@pytest.mark.django_db
def test_with_no_room_on_the_disk_nothing_is_bought(
    fake: Fake, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "FREE_MIN", 2**60)
    report = search(fake, clock)
    assert "no room on the disk" in report.why and fake.asked == []


@pytest.mark.django_db
class TestKeys:
    def test_a_stored_key_is_sealed_and_used(
        self, fake: Fake, clock: Clock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from rollcall.universe.models import ProviderKey

        monkeypatch.delenv("ROLLCALL_PROVIDER_PEOPLE_DATA_LABS_KEY")
        with pytest.raises(keys.KeyMissing):
            search(fake, clock)
        assert ProviderWalk.objects.count() == 0 and not keys.is_there(fake.known)
        keys.put(known=fake.known, key=KEY, now=NOW)
        assert KEY not in ProviderKey.objects.get().key_sealed and keys.is_there(fake.known)
        assert search(fake, clock).state == "whole"
        keys.put(known=fake.known, key="", now=NOW)
        assert not keys.is_there(fake.known)

    @pytest.mark.parametrize("key", ["a b", "a\r\nX-Evil: 1", "é", "k" * 501, "a\0b"])
    def test_no_key_can_break_out_of_its_header(
        self, fake: Fake, key: str, clock: Clock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with pytest.raises(keys.BadKey) as told:
            keys.put(known=fake.known, key=key, now=NOW)
        assert key not in told.value.message
        if "\0" not in key:
            monkeypatch.setenv("ROLLCALL_PROVIDER_PEOPLE_DATA_LABS_KEY", key)
            with pytest.raises(keys.BadKey):
                search(fake, clock)
        assert fake.asked == []

    def test_a_wrong_key_is_told_and_not_shown(
        self, fake: Fake, clock: Clock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        monkeypatch.setenv("ROLLCALL_PROVIDER_PEOPLE_DATA_LABS_KEY", "some-other-key")
        report = search(fake, clock)
        assert "key" in report.why and "some-other-key" not in report.why + caplog.text
        assert report.attempts_now == 1 and buying.WAIT_SECONDS_MAX > 0


@pytest.mark.django_db
def test_an_address_inside_is_never_called(fake: Fake, clock: Clock, settings: Any) -> None:
    settings.ALLOW_PRIVATE_WEBHOOKS = False
    report = search(fake, clock)
    assert report.state == "open" and "https://" in report.why and fake.asked == []
    assert report.maybe_bought_calls == 0
