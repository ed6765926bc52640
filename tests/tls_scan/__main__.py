"""Check the TLS of a server with sslyze: `python -m tests.tls_scan`.

sslyze (PyPI) must be on the PATH, or named by `--sslyze`; it is no dependency of this project.
The exit status is 1 if it finds anything but that the certificate is self-signed.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.support.running import RunningServer

_COMMANDS = (
    "--sslv2", "--sslv3", "--tlsv1", "--tlsv1_1", "--tlsv1_2", "--tlsv1_3", "--compression",
    "--early_data", "--openssl_ccs", "--fallback", "--heartbleed", "--robot", "--reneg",
    "--resum", "--elliptic_curves",
)  # fmt: skip
_OLD = ("ssl_2_0", "ssl_3_0", "tls_1_0", "tls_1_1")
_FAULTS = {
    "tls_compression": ("supports_compression",),
    "heartbleed": ("is_vulnerable_to_heartbleed",),
    "openssl_ccs_injection": ("is_vulnerable_to_ccs_injection",),
    "session_renegotiation": ("is_vulnerable_to_client_renegotiation_dos",),
    "tls_1_3_early_data": ("supports_early_data",),
}
_GOOD = {
    "session_renegotiation": ("supports_secure_renegotiation",),
    "tls_fallback_scsv": ("supports_fallback_scsv",),
}
_STRONG = ("ECDHE", "DHE", "TLS_AES", "TLS_CHACHA20")
_WEAK = ("CBC", "RC4", "3DES", "NULL", "EXPORT", "anon")


def scan(sslyze: str, port: int, folder: Path) -> dict[str, Any]:
    """Return what sslyze says of each of its commands."""
    file = folder / "scan.json"
    subprocess.run(
        [sslyze, f"127.0.0.1:{port}", "--json_out", str(file), *_COMMANDS],
        check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    (server,) = json.loads(file.read_text())["server_scan_results"]
    found: dict[str, Any] = server["scan_result"]
    return found


def findings(scan: dict[str, Any]) -> Iterator[str]:
    """Yield what is wrong, a line each."""
    for name, one in scan.items():
        if one["status"] == "ERROR":
            yield f"{name}: {one['error_reason']}"
    results = {name: one["result"] for name, one in scan.items() if one["result"]}
    for version in _OLD:
        for suite in results[f"{version}_cipher_suites"]["accepted_cipher_suites"]:
            yield f"{version} is accepted: {suite['cipher_suite']['name']}"
    for version in ("tls_1_2", "tls_1_3"):
        accepted = results[f"{version}_cipher_suites"]["accepted_cipher_suites"]
        if not accepted:
            yield f"{version} is not accepted"
        for suite in accepted:
            name = suite["cipher_suite"]["name"]
            if not any(strong in name for strong in _STRONG) or any(w in name for w in _WEAK):
                yield f"{version}: weak {name}"
    yield from (
        f"{on}: {at}" for on, names in _FAULTS.items() for at in names if results[on][at]
    )
    yield from (
        f"{on}: not {at}" for on, names in _GOOD.items() for at in names if not results[on][at]
    )
    if not results["robot"]["robot_result"].startswith("NOT_VULNERABLE"):
        yield f"robot: {results['robot']['robot_result']}"
    resumption = results["session_resumption"]
    if resumption["tls_ticket_resumption_result"] != "FULLY_SUPPORTED":
        yield f"session tickets: {resumption['tls_ticket_resumption_result']}"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.tls_scan", description=__doc__)
    parser.add_argument("--sslyze", default="sslyze", help="the command")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tls-scan-") as name:
        folder = Path(name)
        # One worker: each has keys of its own for session tickets.
        options = ("--workers", "1", "--max-users", "200")
        with closing(RunningServer(folder, *options)) as server:
            found = list(findings(scan(arguments.sslyze, server.port, folder)))
    print("\n".join(found) or "nothing found but that the certificate is self-signed")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
