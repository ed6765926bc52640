"""The file that the nodes and hosts of one cluster share, and the certificates made by it."""

import re
import ssl
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509

from server.cluster import issue, secret
from server.cluster.secret import Secret, SecretError

NOW = datetime(2026, 11, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def whole() -> Secret:
    return Secret("chatroom", "word-" + "x" * 30, *issue.authority(NOW))


def test_what_is_written_is_read(tmp_path: Path, whole: Secret) -> None:
    path = tmp_path / secret.NAME
    path.write_text(whole.text())
    assert secret.read(path) == whole


def test_an_operator_writes_only_user_and_password(tmp_path: Path) -> None:
    path = tmp_path / "own"
    path.write_text("\ufeffuser = 'me'\npassword = 'it \"is\" $2a$ not \\\\ plain'\n", "utf-8")
    found = secret.read(path)
    assert found == Secret("me", 'it "is" $2a$ not \\\\ plain')
    assert found.tls() is None


def test_tls_trusts_the_authority_alone(whole: Secret) -> None:
    context = whole.tls()
    assert context is not None
    assert context.verify_mode == ssl.CERT_REQUIRED
    assert context.check_hostname
    assert len(context.get_ca_certs()) == 1


def test_nobody_reads_the_password_by_accident(whole: Secret) -> None:
    assert whole.password not in repr(whole)
    assert "PRIVATE" not in repr(whole)


def test_a_mark_is_of_user_and_password() -> None:
    marks = {Secret(*one).mark for one in (("a", "b"), ("a", "c"), ("b", "b"))}
    assert len(marks) == 3
    assert all(re.fullmatch("[0-9a-f]{8}", mark) for mark in marks)


@pytest.mark.parametrize(("user", "password"), [("", "x"), ('a"', "x"), ("a", "b\\")])
def test_only_plain_words_are_written(user: str, password: str) -> None:
    with pytest.raises(ValueError, match="letters"):
        Secret(user, password).text()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "user is missing"),
        (b"user = 'a'", "password is missing"),
        (b"user = 'a'\npassword = ''", "password is missing"),
        (b"user = 'a'\npassword = '''b\nc'''", "not one line"),
        (b"user = 'a'\npassword = 7", "password is not a text"),
        (b"user = 'a'\npassword = 'b'\ntoken = 'c'", "unknown field token"),
        (b"user = 'a'\npassword = 'b'\nauthority = 'c'", "not a certificate"),
        (b"user = ", "no TOML"),
        (b"\xff\x00", "no TOML"),
    ],
)
def test_another_file_is_refused_in_one_line(tmp_path: Path, content: bytes, why: str) -> None:
    path = tmp_path / secret.NAME
    path.write_bytes(content)
    with pytest.raises(SecretError) as caught:
        secret.read(path)
    assert why in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_missing_or_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(SecretError, match=r"is missing\. Copy it"):
        secret.read(tmp_path / secret.NAME)
    with pytest.raises(SecretError, match="cannot be read: Is a directory"):
        secret.read(tmp_path)


# --- certificates ------------------------------------------------------------------------


def test_a_node_has_all_its_names(whole: Secret) -> None:
    names = ["b.example", "10.0.0.2", "::1"]
    pem, _ = issue.node(whole.authority, whole.authority_key, names, NOW)
    made = x509.load_pem_x509_certificate(pem.encode())
    found = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [str(one.value) for one in found] == ["10.0.0.2", "::1", "b.example"]


def test_a_node_of_another_key_is_refused(whole: Secret) -> None:
    _, other = issue.authority(NOW)
    with pytest.raises(ValueError, match="another one"):
        issue.node(whole.authority, other, ["a"], NOW)


@pytest.mark.parametrize("flags", [0, ssl.VERIFY_X509_STRICT])
def test_python_verifies_a_node(tmp_path: Path, whole: Secret, flags: int) -> None:
    (tmp_path / "node.pem").write_text(
        "".join(
            issue.node(whole.authority, whole.authority_key, ["b.example"], datetime.now(UTC))
        )
    )
    here = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    here.load_cert_chain(tmp_path / "node.pem")
    there = whole.tls()
    assert there is not None
    there.verify_flags |= flags
    assert _handshake(there, here, "b.example")
    with pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"):
        _handshake(there, here, "c.example")
    other = Secret("a", "b", *issue.authority(NOW)).tls()
    assert other is not None
    with pytest.raises(ssl.SSLCertVerificationError):
        _handshake(other, here, "b.example")


def _handshake(client: ssl.SSLContext, server: ssl.SSLContext, name: str) -> bool:
    """Shake hands in memory; raises what the client raises."""
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = client.wrap_bio(down, up, server_hostname=name)
    theirs = server.wrap_bio(up, down, server_side=True)
    for _ in range(10):
        done = 0
        for side in (ours, theirs):
            try:
                side.do_handshake()
                done += 1
            except ssl.SSLWantReadError:
                pass
        if done == 2:
            return True
    return False
