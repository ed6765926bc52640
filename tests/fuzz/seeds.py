"""The inputs where fuzzing starts: some that reach far into a target, or once broke it.

`inputs` generates more of them: combined, cut and overwritten seeds.
"""

import ssl

from hypothesis import strategies as st

from tests.fuzz import storage_targets  # noqa: F401 - it registers its targets
from tests.fuzz.journals import WAL, index, step, whole
from tests.fuzz.registry import TARGETS
from tests.fuzz.targets import HANDSHAKE

_CLOSE = b"\x88\x82\0\0\0\0\x03\xe8"
_PING = b"\x89\x84\0\0\0\0ping"
_SAY = b'{"type":"say","text":"hi","id":"1"}'
_HISTORY = b'{"type":"history","id":"2","before":9,"limit":5}'
_SEARCH = b'{"type":"search","id":"4","text":"caf\\u00e9 \\"x","before":9,"limit":5}'
_ACTS = [
    b'{"type":"claim","id":"1","key":"k"}',
    b'{"type":"role","id":"2","target":"bob","role":"moderator"}',
    b'{"type":"kick","id":"3","target":99999999999999999999,"text":"a\\nb"}',
    b'{"type":"ban","id":"4","target":"Rene\\u0301","minutes":60}',
    b'{"type":"bans","id":"5"}',
    b'{"type":"unban","id":"6","ban":1}',
    b'{"type":"mute","id":"7","target":"\\ud800","minutes":0}',
    b'{"type":"slow","id":"8","seconds":30}',
    b'{"type":"lock","id":"9","on":true}',
    b'{"type":"topic","id":"10","text":"Release"}',
    b'{"type":"delete","id":"11","seq":1}',
]
_CHANGES = [
    b'{"type":"say","text":"hi","id":"12","reply_to":1}',
    b'{"type":"edit","id":"13","seq":1,"text":"a\\r\\nb"}',
    '{"type":"react","id":"14","seq":1,"emoji":"👍🏽","on":true}'.encode(),
    b'{"type":"react","id":"15","seq":9223372036854775807,"emoji":"\\ud83d","on":false}',
    b'{"type":"pin","id":"16","seq":1,"on":true}',
    b'{"type":"rename","id":"17","name":"Rene\\u0301"}',
    b'{"type":"rename","id":"17","name":"bob"}',
    b'{"type":"note","id":"18","text":"at\\nlunch"}',
    b'{"type":"typing"}',
]
_EVENT = b'"seq":1,"at":"2026-11-22T08:00:00.000Z","name":"ada"'
_FILE = b'"file":{"id":"f","name":"a","size":1,"sha256":"0","lines":1,"preview":"","url":"/f"}'


def _spoiled(text: bytes) -> bytes:
    """Make the end of this text's last occurrence in the file invalid UTF-8; remove the log."""
    return step(0, whole().main.rindex(text) + len(text) - 1, 0xFF) + step(WAL | 3, 0)


# The file begins with SQLite's header, and each page of 4096 bytes with a header of its own.
_DAMAGE = [
    b"",
    *(step(0, at, value) for at in (18, 60, 63, 100) for value in (0, 2, 255)),
    *(step(0, page * 4096 + 4, 0) for page in range(1, 6)),
    *(step(2, page * 4096 + 3584, 7) for page in range(1, 6)),
    *(step(3, size) for size in (0, 1, 4096, len(whole().main) - 100)),
    *(step(WAL | 3, size) for size in (0, 100, 3000)),
    *(step(WAL | kind, 0) + step(WAL, 40, 1) for kind in (0, 2)),
    _spoiled(b"body BLOB NOT NULL)"),  # the schema: SQLite's own error text is not UTF-8
    _spoiled(b"seq INTEGER PRIMA"),  # a table with all its rows, none of which has a `seq`
    _spoiled(b'{"type":"shared'),  # an event
    _spoiled(b'"at'),
    _spoiled(b".000Z"),
    _spoiled(b"ada1"),  # a membership
    step(0, whole().main.rindex(b"ada1"), 0) + step(WAL | 3, 0),
    _spoiled(b"encoding\xa5utf-8"),  # a file
]

_INDEX_DAMAGE = [
    b"",
    *(step(0, at, value) for at in (18, 60, 100) for value in (0, 255)),
    *(step(2, page * 4096 + 512 * part, 7) for page in range(1, 5) for part in (0, 6, 7)),
    *(step(3, size) for size in (0, 1, 100, 4096)),
    *(step(0, index().main.rindex(word) + 1, 0xFF) for word in (b"covered", b"terms", b"fts5")),
]

# A client's first message, without its first byte (TLS 1.2 and 1.3).
_HELLO = bytes.fromhex(
    "030100ec010000e803032edd1ea993457f2ee4d64ceab61fcb9038f1fd2957b5f96a976fc6be4dfec6b5201e"
    "17b8a66b26e4f9a3e6c9f0326d8fa8d1bfc25e9ff6abc1b9c50b4c228ab875000a130213031301c02b00ff01"
    "000095000b000403000102000a00160014001d0017001e001900180100010101020103010400230000001600"
    "0000170000000d002a0028040305030603080708080809080a080b0804080508060401050106010303030103"
    "02040205020602002b00050403040303002d00020101003300260024001d0020c402b37b8e24e0a9d7f92a73"
    "99f8a675f18cf8223f60e4cdb893456b78a6a327"
)
_CERTIFICATE = (
    b"-----BEGIN CERTIFICATE-----\n"
    b"MIIBpDCCAUqgAwIBAgIUKA87CDCj72vOniP6WU+xBjiChHQwCgYIKoZIzj0EAwIw\n"
    b"EzERMA8GA1UEAwwIQ2hhdHJvb20wHhcNMjYxMTI5MTUwODM4WhcNMjkwMjA2MTUw\n"
    b"ODM4WjATMREwDwYDVQQDDAhDaGF0cm9vbTBZMBMGByqGSM49AgEGCCqGSM49AwEH\n"
    b"A0IABErSKV0PXQLUF4yOhEmPOwhLU1/Qq4d2+jH9yZX7jTwP8CdPqYPpwb0GfOjl\n"
    b"G0zvkv9xSbshn6zGksAdSDJE7bqjfDB6MCYGA1UdEQQfMB2HEAAAAAAAAAAAAAAA\n"
    b"AAAAAAGCCWxvY2FsaG9zdDAMBgNVHRMBAf8EAjAAMA4GA1UdDwEB/wQEAwIHgDAT\n"
    b"BgNVHSUEDDAKBggrBgEFBQcDATAdBgNVHQ4EFgQUCzmbwhMXVE1yxLrz6Nzs8MRr\n"
    b"gEMwCgYIKoZIzj0EAwIDSAAwRQIhAKHKAI8CiJmGcyWTT6Rg5jG0l4WJqSPMjWz2\n"
    b"5rNWVAQXAiAPTh9uXD6rdwonK+aYqWsdNLsbf9lE2YvvU3Ji6DCGcA==\n"
    b"-----END CERTIFICATE-----\n"
)

SEEDS: dict[str, list[bytes]] = {
    "tls": [
        b"0" + _HELLO,
        b"1" + _HELLO,
        b"0" + _HELLO + _HELLO,
        b"0" + _HELLO[:-1],
        b"0" + _HELLO + b"\x15\x03\x03\x00\x02\x01\x00",
        b"0\x03\x01\xff\xff" + bytes(100),
        b"0\x03\x01\x00\x00",
    ],
    "inside_tls": [
        b"0GET / HTTP/1.1\r\nHost: room.local\r\n\r\n",
        b"1GET /room HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
        b"0" + HANDSHAKE + _CLOSE,
        b"8" + HANDSHAKE + _PING,
        b"0\x16\x03\x01" + HANDSHAKE,
    ],
    "x509": [_CERTIFICATE, ssl.PEM_cert_to_DER_cert(_CERTIFICATE.decode()), b""],
    "http": [
        b"0GET / HTTP/1.1\r\nHost: room.local\r\n\r\n",
        (
            b"1GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\n\r\n"
            b"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n"
        ),
        b"0GET /files/f/kept.txt HTTP/1.1\r\nHost: a\r\nRange: bytes=1-2\r\n\r\n",
        b'0HEAD /files/f/x HTTP/1.1\r\nHost: a\r\nIf-None-Match: W/"x", "y"\r\n\r\n',
        b"0GET /files/%00/%2e%2e%2f HTTP/1.0\r\n\r\n",
        b"0OPTIONS /files HTTP/1.1\r\nHost: a\r\nOrigin: http://[\r\n\r\n",
        (
            b"0POST /files HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer secret\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
        ),
        (
            b"8POST /files HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer secret\r\n"
            b"Expect: 100-continue\r\nContent-Length: 9\r\nIdempotency-Key: \xff\r\n\r\nabc"
        ),
        (
            b"0HEAD /files HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer secret\r\n"
            b"Idempotency-Key: k\r\n\r\n"
        ),
        b"0GET http://[::1]:99999/x?%ff HTTP/1.1\r\nHost: \xff\r\n\r\n",
        b"0GET /readyz HTTP/9.9\r\nContent-Length: -1\r\n\r\n",
        b"2" + HANDSHAKE.replace(b"chatroom.v1", b"chatroom.v1, x") + _CLOSE,
        b"0" + HANDSHAKE.replace(b"Host", b"Origin: null\r\nHost"),
        b"0GET / HTTP/1.1\r\nHost: \xff\r\n\r\n",
        b"0" + HANDSHAKE.replace(b"Host", b"Origin: \xff\r\nHost"),
        b"0" + HANDSHAKE.replace(b"Connection: ", b"Connection: \x82"),
        b"0" + HANDSHAKE.replace(b"Key: ", b"Key: \xc3\xa9"),
        b"0GET /x HTTP/1.1\r\nHost: a\r\nExpect: \xff\r\n\r\n",
        b"8POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n",
        b"8GET /files/f/kept.txt HTTP/1.1\r\nHost: a\r\n\r\n",
        b"0GET /\n\r\n",
        b"0SSH-2.0-x\r\n",
        b"0\x16\x03\x01\x02\0\x01",
    ],
    "websocket": [
        b"0" + _CLOSE,
        b"1" + _PING + b"\x81\x83\x01\x02\x03\x04abc" + _CLOSE,
        b"0\x01\x81\0\0\0\0{\x80\x81\0\0\0\0}",  # in two parts
        b"0\x82\x81\0\0\0\0x",
        b"0\x81\x82\0\0\0\0\xc3(",
        b"0\x88\x80\0\0\0\0",
        b"0\x88\x82\0\0\0\0\x03\xed",
        b"0\x88\x82\0\0\0\0\x03\xff",
        b"8\x81\xff\x7f\xff\xff\xff\xff\xff\xff\xff\0\0\0\0x",
        b"0\x81\xfe\x00\x7e\0\0\0\0" + b" " * 126,
        b"0\xc1\x80\0\0\0\0\x83\x80\0\0\0\0\x81\x01x",
        b'0\x81\x9c\0\0\0\0{"type":"join","name":"ada"}\x81\x90\0\0\0\0{"type":"leave"}',
    ],
    "conversation": [
        b"0" + b"\n".join([_SAY, _SAY, _HISTORY, _SEARCH, b'{"type":"report","id":"3"}']),
        b'0{"type":"history","id":"5","at":"2026-11-22T08:00:00Z"}\n{"type":"search","id":"6"}',
        b'0{"type":"leave"}\n' + _SAY,
        b"0" + b"\n".join(_ACTS),
        b"0" + b"\n".join([*_CHANGES, _SAY]),
        b"0" + b"\n".join([b'{"type":"typing"}'] * 120),
        b'9{"type":"join","name":"bob"}\n{"type":"say","text":"\\u0000"}\n[]\nx\n\xff',
        b'2{"type":"say","text":"\\ud800","id":""}\n{"type":"history","id":"\\udfff"}',
        b"0" + b"\n".join([b'{"type":"say","text":"hello"}'] * 60),
    ],
    "upload": [
        b"0Content-Disposition: attachment; filename*=UTF-8''a%20b.txt\n\nhello\n",
        b'0Content-Disposition: attachment; filename="../../x"\nIdempotency-Key: k\n\nx',
        b"0Upload-Offset: 3\nIdempotency-Key: k\n\nrest",
        b"1Content-Type: text/plain\n\n\xff\xfeh\0i\0",
        b"8Expect: 100-continue\n\n" + b"line\n" * 30,
        b"0Content-Encoding: gzip\n\nno gzip at all",
        b"0Transfer-Encoding: chunked\n\n3\r\nabc\r\n",
        b"0Content-Disposition: \xff; filename=\xff\n\ngr\xfc\xdfe",
        b"0\n\n\0\0\0",
    ],
    "request": [
        b'{"type":"join","name":"ada","password":"p","token":null,"after":0,"history":50}',
        _SAY,
        _HISTORY,
        _SEARCH,
        b'{"type":"history","id":"5","at":"0001-01-01T00:00:00+14:00","around":1}',
        b'{"type":"history","id":"5","at":"2026-02-30T00:00:00Z"}',
        b'{"type":"report","id":"3"}',
        b'{"type":"leave"}',
        *_ACTS,
        *_CHANGES,
        b'{"type":"quit","id":"\\ud83d\\ude00"}',
        b'{"type":5}',
        b'{"id":"\\ud800"}',
        b"[]",
        b"",
        b'{"type":"say","text":"\xff"}',
        b"[" * 3000,
        b'{"type":"say","x":' + b"[" * 3000,
        b'{"type":"history","id":"a","before":1e400,"limit":99999999999999999999}',
    ],
    "from_server": [
        b'{"type":"said",' + _EVENT + b',"text":"hi","id":"1"}',
        b'{"type":"shared",' + _EVENT + b"," + _FILE + b"}",
        b'{"type":"left",' + _EVENT + b',"reason":"quit"}',
        b'{"type":"said",' + _EVENT + b',"text":"","deleted":{"by":"bob","at":""}}',
        b'{"type":"shared",' + _EVENT + b',"deleted":{"by":"bob","at":""}}',
        b'{"type":"deleted",' + _EVENT + b',"target":1}',
        b'{"type":"banned",' + _EVENT + b',"target":"bob","until":""}',
        b'{"type":"bans","id":"1","bans":[{"ban":1,"name":"a","by":"b","at":""}]}',
        b'{"type":"history","id":"1","events":[{"type":"joined",' + _EVENT + b'}],"more":true}',
        b'{"type":"found","id":"1","events":[{"type":"joined",'
        + _EVENT
        + b'}],"more":true,"before":3}',
        (
            b'{"type":"welcome","you":"a","token":"t","seq":1,"reset":false,"max_users":3,'
            b'"journal":"j","limits":{"text":1,"file":1},"members":[],"room":"r","version":1}'
        ),
        b'{"type":"presence","name":"a","state":"away"}',
        b'{"type":"presence","name":"a","state":"asleep","note":"back soon"}',
        b'{"type":"left",' + _EVENT + b',"reason":"moved","member":7}',
        b'{"type":"reacted",' + _EVENT + b',"target":3,"emoji":"x","on":true}',
        b'{"type":"edited",' + _EVENT + b',"target":3,"text":"x","id":"1"}',
        b'{"type":"renamed",' + _EVENT + b',"to":"bob"}',
        b'{"type":"said",'
        + _EVENT
        + b',"text":"hi","reply_to":1,"quote":{"name":"","text":""},'
        b'"edited":"","reactions":{"x":[{"member":1,"name":"a"}]},"pinned":true}',
        (
            b'{"type":"welcome","you":"a","token":"t","seq":1,"reset":false,"max_users":3,'
            b'"limits":{"text":1,"file":1,"files":"any","edit":0.5},"members":[],"room":"r",'
            b'"pins":[{"type":"said",' + _EVENT + b',"text":"hi"},{"seq":4},5]}'
        ),
        b'{"type":"deleted","seq":4}',
        b'{"type":"said","seq":4,"at":"","name":5}',
        b'{"type":"found","id":"1","events":[{"type":"pinned","seq":2},5,{"seq":"3"}],"more":false}',
        b'{"type":"history","id":"1","events":[{"type":"pinned","seq":2}],"more":true,"after":9}',
        b'{"type":"typing","name":"a"}',
        (
            b'{"type":"refused","code":"locked","reason":"r","params":{"until":1},'
            b'"retry_after":2.5}'
        ),
        b'{"type":"error","code":"empty","reason":"r"}',
        b'{"type":"report","id":"1","active":0,"max_users":3,"started":"","members":[]}',
        b'{"type":"leave","x":' + b'{"a":' * 40,
        b'{"type":"said","x":' + b"[" * 3000,
    ],
    "standing": [
        b"\n".join(
            [
                b'{"type":"said","seq":1,"at":"","name":"a","text":"hi"}',
                b'{"type":"reacted","seq":2,"at":"","name":"a","target":1,"emoji":"x","on":true}',
                b'{"type":"edited","seq":3,"at":"","name":"a","target":1,"text":"ho"}',
                b'{"type":"pinned","seq":4,"at":"","name":"a","target":1,"on":true}',
                b'{"type":"deleted","seq":5,"at":"","name":"a","target":1}',
                b'{"type":"edited","seq":6,"at":"","name":"a","target":1,"text":"again"}',
            ]
        ),
        b'{"type":"shared","seq":1,"at":"","name":"a",' + _FILE + b"}\n"
        b'{"type":"pinned","seq":2,"at":"","name":"a","target":1,"on":false}\n'
        b'{"type":"reacted","seq":3,"at":"","name":"a","target":1,"emoji":"","on":false}',
    ],
    "emoji": [
        "👍🏽".encode(),
        "❤".encode(),
        "🏳️‍🌈".encode(),
        "👨‍👩‍👧".encode(),
        b"",
        b"a",
        "🏽".encode(),
    ],
    "ipc_frames": [
        b"\x91\x93\x09\x01\xc4\x02{}",
        b"\x93\x09\x01\xc4\x02{}",
        b"\0\0\0\x04\x91\x92\x02\x05\0\0\0\x02\x92\x03",
        b"\x91\x94\x01\x01\x02\xa4quit",
        b"\x92\x03\x05",
        b"\x92\x04\0",
        b"\x92\x01\0\x90",
        b"\x94\0\x01\x91\xc4\x02{}\x90",
        b"\x93\x02\xcf\xff\xff\xff\xff\xff\xff\xff\xff\x01",
        b"\xdd\xff\xff\xff\xff",
        b"\x91\x93\x03\x01\xa1\xff",
        b"\xff\xff\xff\xff",
    ],
    "link": [
        b"localhost",
        b"localhost:18000",
        b"[::1]:18000",
        b"::1",
        b"fe80::1%eth0",
        b"chatroom://room.local:18000/#sha256=" + b"ab" * 32,
        b"chatroom://a:1,b:2,[::1]:3/#owner=x%20y&later=1&sha256=" + b"A" * 43,
        b"chatroom://a/#sha256=" + b"a" * 43 + b"&sha256=" + b"b" * 43,
        b"CHATROOM://h",
        b"chatroom://h/#x",
        b"http://h:1/",
        b"h:0",
        b"h:65536",
        b"[::ffff:1.2.3.4]:1",
        b"\xe6\x97\xa5:1",
        b"h:\xd9\xa1",
        b"chatroom://[fe80::1%25]:/",
        b"\xff",
        b"\xc4\xb0",
    ],
    "name": [
        b"ada",
        b"Ada-9_.",
        "Jürgen".encode(),
        "日本".encode(),
        "हिन्दी".encode(),
        "e\u0301".encode(),
        "\u0130".encode(),
        "ﬁ".encode(),
        "a\u05d0".encode(),
        b"x" * 33,
        b"",
        b"a\xff",
        b"a\n",
        "\u0149\u0345".encode(),
        "Ⅷ".encode(),
        "a\u200d".encode(),
    ],
    "text": [b"hi", b"a\r\nb\rc\n\td", b"\x1b[31m", b"", "\u202e\u0085".encode(), b"\xff"],
    "file_name": [
        b"notes.txt",
        b"../../etc/passwd",
        b"C:\\a\\CON.txt",
        b".bashrc",
        b"a\xff.txt",
        b"...",
        "\u202egnp.exe".encode(),
        b"x" * 300 + b".tar.gz",
        "é".encode() * 120,
        b"nul .\xe3\x80\x80",
        b"a." + b"b" * 21,
        "\u0958".encode() * 60 + b".t",
        b"COM" + "\u00b9".encode(),
    ],
    "disposition": [
        b'attachment; filename="my notes.txt"',
        b"attachment; filename*=UTF-8''%E6%97%A5.txt",
        b"attachment; filename*=x''%ff",
        b"attachment; filename*0=a; filename*1=b",
        b"",
        b";",
        b'inline; filename="\\"',
        b"attachment; filename*0*=bogus''a; filename*1*=%",
        b"\xff=\xff",
        b"attachment; filename*0='",
        b"attachment; filename*=utf-16''a",
        b"attachment; filename*=idna''a%ff",
    ],
    "text_file": [
        b"",
        b"hi\n",
        b"\xef\xbb\xbfhi",
        b"\xff\xfeh\0\n\0",
        b"\xfe\xff\0h",
        b"\xff\xfe\0\xd8",
        b"\0",
        b"gr\xfc\xdfe aus k\xf6ln\r\n" * 4,
        b"\x82\xa0\x82\xa2\n",
        b"\xd0\xcf\x11\xe0",
        b"\xef\xbb",
        "дом\n".encode("koi8-r") * 5,
        b"a\n" * 40,
        b"\xc3",
        b"\n\xfe\xff",
        b'\x1b$B$"\x1b(B',
    ],
    "journal": _DAMAGE,
    "room": _DAMAGE,
    "rescued": _DAMAGE,
    "query": [
        b"words",
        b"ADA w",
        b'a"b OR c* NEAR(d)',
        b"-words ^ada text:words",
        "wörds \uff57\uff4f\uff52\uff44\uff53".encode(),
        "日本 学".encode(),
        b"x" * 201,
        b" ",
        b"\xff",
        b"\0",
        "\u0301".encode(),
        "İ ﷺ ŉ".encode(),
    ],
    "index": _INDEX_DAMAGE,
    "config": [
        b'max-users = 8\nroom = "Lab 7"\nmax-file = "10MiB"\nallow-origin = ["http://a"]\n',
        b"port = 1\nport = 2",
        b"[server]\nport = 1",
        b"grace = nan\nrate = inf",
        b"\xff\xfe",
        b'"max\\u0020users" = 1',
        b'log-level = "loud"',
        b"history = 1979-05-27T07:32:00Z",
        b'password-file = "nowhere"',
        b"port = 0x" + b"f" * 20,
        b"a = " + b"[" * 200,
        b'metrics = "all"\nquota = "1k"\ngrace = 1e3',
        b'data-dir = """a\nb"""',
        b'"a\\nb" = 1',
        b'"\\u001b[31m" = 1',
        b'password-file = "a\\nb"',
        b'data-dir = "a\\u0000b"',
        b'password-file = "a\\u0000b"',
        b"port = " + b"9" * 5000,
        b"port = 0x" + b"f" * 5000,
        b'max-file = "' + b"9" * 5000 + b'"',
        b"a = " + b"[" * 3000,
    ],
}

_WORDS = [b"\0", b"\xff", b"\r\n", b"\n", b" ", b'"', b"\\u0000", b"\\ud800", b"%00", b"9" * 20]


@st.composite
def _mutated(draw: st.DrawFn, seeds: list[bytes]) -> bytes:
    """Take a seed, or several, and replace parts of it."""
    data = draw(st.sampled_from(seeds))
    for _ in range(draw(st.integers(0, 4))):
        start = draw(st.integers(0, len(data)))
        stop = draw(st.integers(start, min(len(data), start + 12)))
        put = draw(
            st.binary(max_size=5)
            | st.sampled_from(_WORDS)
            | st.sampled_from(seeds).map(lambda one: one[:200])
            | st.just(data[start:stop] * 2)
        )
        data = data[:start] + put + data[stop:]
    return data


def inputs(target: str) -> st.SearchStrategy[bytes]:
    """Return a strategy of bytes for a target, from nearly valid to noise."""
    return _mutated(SEEDS[target]) | st.binary(max_size=300)


assert SEEDS.keys() == TARGETS.keys()
