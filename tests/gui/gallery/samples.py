"""The content of the pictures: texts that are hard to show, with emoji and other scripts."""

from client_mvc.text import markup
from client_mvc.view.contract.items import Day, FileCard, Heading, Item, Message, Notice
from client_mvc.view.contract.values import ResultRow, Results, UploadRow
from client_mvc.view.contract.windows import ReportTable
from shared import messages

NAMES = ("alice", "bob", "chandra", "dmitri", "Éloïse", "محمد", "שרה", "田中")
FOX = "the quick brown fox jumps over the lazy dog while the patient reader checks that "


def _head(time: str, name: str) -> Heading:
    return Heading(time, name, NAMES.index(name))


def _formatted(text: str, heading: Heading | None = None, *, mention: bool = False) -> Message:
    return Message(text, heading, mention, markup.split(text))


CONVERSATION: list[Item] = [
    Day("Friday 20 November 2026"),
    Notice("09:58", "alice joined"),
    Message(
        "Morning all — the build notes are in the wiki: https://wiki.example.org/build?v=2.",
        _head("10:01", "alice"),
    ),
    Message("Shout if the link does not open."),
    Notice("10:03", "bob joined"),
    Message(
        f"Thanks! I get a 403, but a reload fixes it. A long line follows: {FOX}"
        "continuation lines line up under the text and not under the time.",
        _head("10:04", "bob"),
    ),
    Message("def two():\n    return 2\n\nA message of several lines."),
    _formatted("Try `pip install -U chatroom`, *not* the old one; then `python -m server`:"),
    _formatted(
        "```python\ndef two():\n    return 1 + 1  # 👍\n```\nand *see https://a.example/*"
    ),
    Message(
        "Café, naïve, Ελληνικά, Кириллица, 日本語, emoji 👍 🎉 ❤️ 👩‍💻 and ✓ ☃",
        _head("10:05", "chandra"),
    ),
    Message("مرحبا بالجميع، هل الخادم يعمل الآن؟", _head("10:06", "محمد")),
    Message("שלום לכולם (hello) 123", _head("10:06", "שרה")),
    FileCard(
        "1",
        "deploy-notes.txt",
        "2.4 KB",
        "# Deploy notes\n1. stop the old relay\n2. copy rooms.db\n"
        "3. start with --verify and watch the log",
        _head("10:07", "Éloïse"),
    ),
    _formatted(
        "Got it. @alice can *you* look at `line 3`?", _head("10:09", "dmitri"), mention=True
    ),
    Notice("10:11", "bob left"),
    Day("Saturday 21 November 2026"),
    Message("Yes, five minutes.", _head("10:12", "alice")),
]
LONG_CARD = FileCard(
    "2",
    "a-rather-long-name-for-a-file-" * 4 + "👍.log",
    "9.8 MB",
    "\n".join(f"2026-11-20T10:0{n}:00Z line {n} " + "word " * n * 4 for n in range(12)),
    _head("10:13", "田中"),
)
UPLOADS = [
    UploadRow("1", "server.log", "1.3 MB", "sending", 0.62),
    UploadRow(
        "2", "größe 👍.txt", "4 KB", "failed", note="The server has no space left for files."
    ),
    UploadRow(
        "3",
        "a-very-long-file-name-" * 5 + ".txt",
        "9.8 MB",
        "failed",
        note="A reason that goes on and on: "
        + "the quick brown fox jumps over the lazy dog " * 4,
    ),
    UploadRow(
        "4", "photo.png", "", "failed", note="This file is not text. Share text files only."
    ),
    *(UploadRow(str(number), f"notes {number}.txt", "2.4 KB") for number in range(5, 10)),
]
REPORT_OF_HOSTS = messages.Report(
    id="r",
    active=len(NAMES),
    max_users=100,
    started="2026-11-20T08:00:00.000Z",
    members=[
        messages.ReportLine(
            name=name,
            address=f"192.168.{place % 3 + 1}.{20 + place}",
            port=50_012 + place * 1_000,
            door="websocket",
            tls=place != 1,
            worker=place % 2 + 1,
            since=f"2026-11-20T09:0{place}:12.000Z",
            idle=place * 37.0,
            state="away" if place == 2 else "active",
            sent=place * 411,
            received=place * 1_732,
            client="Chatroom web 0.3" if place % 2 else "Chatroom desktop 0.3",
            host=f"chat-{place % 3 + 1}",
        )
        for place, name in enumerate(NAMES)
    ],
)
"""Of a room on three hosts."""

REPORT = ReportTable(
    "3 of 8 members active, since Friday 20 November 2026, 09:00",
    (
        "Name",
        "Address",
        "Protocol",
        "Encrypted",
        "Worker",
        "Since",
        "Idle",
        "State",
        "Sent",
        "Received",
    ),
    tuple(
        (
            name,
            f"192.168.1.{20 + place}:5{place}012",
            "websocket",
            "yes",
            str(place % 2 + 1),
            f"10:0{place}",
            f"{place * 37} s",
            "disconnected" if place == 2 else "active",
            f"{place * 411:,}",
            f"{place * 1_732:,}",
        )
        for place, name in enumerate(NAMES)
    ),
    frozenset({4, 6, 8, 9}),
    "Latency 12 ms",
)
RESULTS = Results(
    tuple(
        ResultRow(900 - place, f"{20 - place} Nov 2026", f"1{place % 10}:07", name, text)
        for place, (name, text) in enumerate(
            [
                ("Éloïse", "shared deploy-notes.txt"),
                ("bob", "…said that the deploy at noon went well, apart from the notes 👍"),
                ("田中", "明日 deploy します"),
                ("alice", f"deploy: {FOX}nothing is cut that should not be"),
            ]
            * 2
        )
    ),
    "50 results, there may be more",
    more=True,
)
