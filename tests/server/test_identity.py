"""Deciding who is who at the command line."""

from datetime import datetime

from rollcall.universe import ingest
from rollcall.universe.identity import review
from tests.server.conftest import Program
from tests.universe.rosters import Handmade, person

PAGE = "linkedin.com/in/the-does"


def test_from_the_doubt_to_the_decision(program: Program, db: None, now: datetime) -> None:
    for name, who in (("handmade", "Jo Doe"), ("other", "Mary Quist")):
        people = [person("1", "c1", "CEO", profile_url=PAGE, full_name=who)]
        ingest.load(source=Handmade(people=people, name=name), now=now)
    (asked,) = program("identity", "review", "--json").json
    assert (asked["left"], asked["right"], asked["state"]) == ("handmade:1", "other:1", "open")
    done = program("identity", "decide", asked["id"], "same", "--json").json
    assert (done["state"], done["decided_by"]) == ("same", "Operator")
    assert program("identity", "review", "--json").json == []
    assert program("identity", "say", "handmade:1", "other:1", "different").code == 0
    assert [one.verdict for one in review.decided()] == ["different"]
    told = program("identity", "explain", "pro_1", "--json").json
    assert told["records"][0]["full_name"] == "Jo Doe"


def test_bad_input_is_told(program: Program, db: None) -> None:
    assert program("identity", "decide", "idq_9", "same").code == 3
    assert program("identity", "say", "a:1", "b:2", "same").code == 3
    assert program("identity", "review", "--state", "nonsense").code == 2
