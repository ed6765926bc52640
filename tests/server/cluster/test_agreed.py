"""What the hosts of a room agree on, and how a difference is named."""

from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from server.cluster import agreed
from server.cluster.agreed import DisagreementError
from server.room.operations import Agree, Rules
from server.settings import Settings


def room(**options: Any) -> Agree:
    return agreed.proposal(Settings(**options), "journal", 0)


def test_equal_options_agree_whatever_is_of_one_host() -> None:
    own = {"host_name": "two", "port": 1, "workers": 7, "log_level": "debug", "min_free": 0}
    agreed.check(Settings(password="secret", **own), room(password="secret"))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"max_users": 9}, "--max-users is 9 here, 3 there"),
        ({"history": 10}, "--history is 10 here, 0 there"),
        ({"edit_window": 5.0}, "--edit-window is 5.0 here, 10800.0 there"),
        ({"room": "attic"}, "--room is attic here, lobby there"),
        ({"files": "all"}, "--files is all here, text there"),
        ({"max_file": 1}, "--max-file is 1 here"),
        ({"keep_files": 3}, "--keep-files is 3 here, 0 there"),
        ({"quota": 5}, "--quota is 5 here"),
        ({"max_journal": 0}, "--max-journal is 0 here"),
        ({"rate": 1.0}, "--rate is 1.0 here, 20.0 there"),
        ({"grace": 1.0}, "--grace is 1.0 here"),
        ({"password": "secret"}, "another password"),
    ],
)
def test_a_difference_is_named_as_its_option(options: dict[str, Any], named: str) -> None:
    with pytest.raises(DisagreementError) as refused:
        agreed.check(Settings(**options), room())
    assert named in str(refused.value)
    assert "settings" in str(refused.value), "it says what to do"


def test_all_differences_are_named_at_once() -> None:
    differences = agreed.list_differences(room(max_users=9, history=5), room())
    assert len(differences) == 2


@pytest.mark.parametrize(("here", "there"), [("a", "b"), ("", "b"), ("a", "")])
def test_a_password_is_compared_and_never_shown(here: str, there: str) -> None:
    theirs = room(password=there)
    assert agreed.list_differences(room(password=here), theirs) == [
        "another password (--password-file)"
    ]
    assert b'"b"' not in theirs.settings


def test_the_hash_of_a_password_is_another_one_in_each_room() -> None:
    one = agreed.proposal(Settings(password="secret"), "one", 0)
    two = agreed.proposal(Settings(password="secret"), "two", 0)
    assert one.settings != two.settings
    assert room(password="secret") == room(password="secret")
    assert agreed.shown(one)["password"] is True


@pytest.mark.parametrize(("fact", "said"), [("unicode", "one version"), ("version", "update")])
def test_versions_that_decide_otherwise_are_named(fact: str, said: str) -> None:
    theirs = room()
    facts = msgspec.json.decode(theirs.settings) | {fact: "99"}
    theirs = replace(theirs, settings=msgspec.json.encode(facts))
    (difference,) = agreed.list_differences(room(), theirs)
    assert "99 there" in difference
    assert said in difference


def test_a_change_is_one_of_what_holds() -> None:
    before = room()
    after = agreed.changed(before, {"max_users": 9, "grace": 5.0, "password": "new"})
    assert after.rules == Rules(9, before.rules.history, before.rules.edit_window)
    assert after.last == before.mark, "the core takes no other one"
    agreed.check(Settings(max_users=9, grace=5.0, password="new"), after)


@pytest.mark.parametrize("name", ["room", "port", "nonsense"])
def test_what_is_no_setting_of_all_hosts_is_not_changed(name: str) -> None:
    with pytest.raises(ValueError, match=f"--{name} is not a setting of all hosts"):
        agreed.changed(room(), {name: 1})
