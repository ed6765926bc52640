"""What the operator decided that members feel. Knows nothing else."""

from dataclasses import dataclass

from shared import limits


@dataclass(frozen=True, slots=True)
class Policy:
    """What the operator decided. `rate` in messages a second for each member, 0 is off."""

    room: str = limits.DEFAULT_ROOM
    rate: float = 20.0
    max_file: int = limits.DEFAULT_FILE_BYTES
