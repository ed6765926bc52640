"""The fingerprint of a key, short enough for two people to compare."""


def grouped(sha256: bytes) -> str:
    """Return the first half of a SHA-256 in four groups of eight: "3F0A91C2 …".

    Half of it, 128 bits, is more than anybody could make a second key for.
    """
    shown = sha256.hex().upper()
    return " ".join(shown[at : at + 8] for at in range(0, 32, 8))
