"""Members with names, notes and colours; pins; what of a member is on disk."""

from pathlib import Path

from client_mvc.model.members import COLOURS, Members
from client_mvc.model.outbox import Outbox, ReplyTo
from client_mvc.model.pins import Pins
from client_mvc.model.preferences import Preferences
from client_mvc.view.contract import items
from shared import messages
from shared.conversation import Edited, Pinned, Renamed
from tests.client_mvc.fakes import AT, said, welcome

ROOM = "localhost:18000"


def member(name: str, number: int) -> messages.MemberInfo:
    return messages.MemberInfo(name, AT, member=number)


def joined(seq: int, name: str, number: int) -> messages.Joined:
    return messages.Joined(seq=seq, at=AT, name=name, member=number)


def colours(members: Members) -> dict[str, int]:
    return {each.name: each.colour for each in members}


class TestColours:
    def test_there_are_as_many_as_the_view_has(self) -> None:
        assert COLOURS == items.COLOURS

    def test_by_number_and_else_the_next_that_is_free(self) -> None:
        members = Members()
        members.snapshot([member("m", 13), member("a", 1), member("b", 2)], 5)
        assert colours(members) == {"m": 3, "a": 1, "b": 2}
        members.apply(joined(6, "c", 25))
        assert colours(members)["c"] == 4
        assert members.colour("gone", 26) == 2
        assert members.colour("c", 25) == 4

    def test_twelve_have_twelve(self) -> None:
        members = Members()
        for seq in range(1, 13):
            members.apply(joined(seq, f"m{seq}", seq * 12))
        assert len(set(colours(members).values())) == COLOURS
        members.apply(joined(13, "one more", 5))
        assert colours(members)["one more"] == 5

    def test_they_stay_while_others_come_and_go(self) -> None:
        members = Members()
        members.snapshot([member("a", 1), member("m", 13)], 5)
        members.apply(messages.Left(seq=6, at=AT, name="a", reason="quit", member=1))
        members.snapshot([member("m", 13), member("n", 25)], 9)  # as after a resume
        assert colours(members) == {"m": 2, "n": 1}


def test_a_renamed_member_keeps_all_else() -> None:
    members = Members()
    members.snapshot([member("a", 1), member("b", 2)], 5)
    before = members.named("a")
    assert before is not None
    members.apply(Renamed(seq=5, at=AT, name="a", member=1, to="x"))  # the snapshot has it
    members.apply(Renamed(seq=6, at=AT, name="a", member=1, to="z"))
    assert [each.name for each in members] == ["z", "b"]
    after = members.numbered(1)
    assert after is not None
    assert (after.number, after.colour, after.role) == (1, before.colour, before.role)
    members.presence(messages.Presence("z", "away", 1, "back soon"))
    assert members.named("z") is not None
    assert [(each.away, each.note) for each in members] == [(True, "back soon"), (False, "")]


def test_pins_take_changes_after_the_welcome_only() -> None:
    pins = Pins()
    pins.welcomed(welcome(9, pins=[said(1, "a"), said(2, "b")]))
    pins.apply(Pinned(seq=8, at=AT, name="m", target=1, on=False), None)
    assert [each.seq for each in pins.known] == [1, 2]
    pins.apply(Edited(seq=10, at=AT, name="bob", target=1, text="x"), None)
    pins.apply(Pinned(seq=11, at=AT, name="m", target=1, on=True), None)
    assert [getattr(each, "text", "") for each in pins.known] == ["b", "x"]
    pins.apply(Pinned(seq=12, at=AT, name="m", target=7, on=True), None)
    assert pins.unknown == [7]
    pins.learn(said(7, "seven"))
    assert [each.seq for each in pins.known] == [2, 1, 7]


class TestOutbox:
    def test_a_reply_lasts(self, tmp_path: Path) -> None:
        outbox = Outbox(tmp_path)
        box = outbox.box(ROOM, "ann")
        message = box.add("yes", ReplyTo(7, "bob", "coffee?"))
        box.failed(message.id, "No.")
        box.close()
        box = outbox.box(ROOM, "ann")
        (kept,) = box
        assert kept.reply == ReplyTo(7, "bob", "coffee?")
        again = box.retry(message.id)
        assert again is not None
        assert again.reply == kept.reply
        box.remove(message.id)
        assert box._database.execute("SELECT count(*) FROM reply").fetchone() == (0,)
        box.close()

    def test_files_of_a_version_without_replies_go_on(self, tmp_path: Path) -> None:
        outbox = Outbox(tmp_path)
        box = outbox.box(ROOM, "ann")
        box.add("old")
        box._database.execute("DROP TABLE reply")
        box.close()
        box = outbox.box(ROOM, "ann")
        assert [(each.text, each.reply) for each in box] == [("old", None)]
        assert box.damaged is None
        box.close()

    def test_a_box_is_found_by_each_name_of_its_member(self, tmp_path: Path) -> None:
        outbox = Outbox(tmp_path)
        box = outbox.box(ROOM, "ann")
        box.add("waits")
        outbox.rename(box, "Annie")
        other = outbox.box(ROOM, "annie")  # another window, which has a box of its own
        assert len(other) == 0
        other.close()
        box.close()
        box = outbox.box(ROOM, "annie")
        assert [each.text for each in box] == ["waits"]
        outbox.rename(box, "ann")
        box.close()
        box = outbox.box(ROOM, "ann")
        assert [each.text for each in box] == ["waits"]
        box.close()

    def test_a_server_that_nobody_joined_leaves_no_files(self, tmp_path: Path) -> None:
        outbox = Outbox(tmp_path)
        for server in ("mistyped:1", "mistyped:2"):
            outbox.box(server, "ann").close()
        assert list(tmp_path.iterdir()) == []
        box = outbox.box(ROOM, "ann")
        box.save_draft("something")
        box.close()
        assert list(tmp_path.glob("outbox-*.sqlite3"))


def test_ignored_members_are_in_the_preferences_of_all_windows(tmp_path: Path) -> None:
    from client_mvc.model.ignored import IgnoredMembers

    one, other = IgnoredMembers(Preferences(tmp_path)), IgnoredMembers(Preferences(tmp_path))
    one.enter("j1")
    other.enter("j2")
    one.set("bob", 2, on=True)
    other.set("eve", None, on=True)
    again = IgnoredMembers(Preferences(tmp_path))
    again.enter("j1")
    assert again.names == ["bob"]
    assert again.hides("rob", 2)
    assert again.hides("BOB", None)
    assert not again.hides("eve", 3)
    again.set("rob", 2, on=False)
    assert not again.hides("bob", 2)
