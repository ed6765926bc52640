"""Log lines, for people or as JSON, on standard error. Knows no other part of the server."""

import json
import logging
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

type LogFormat = Literal["text", "json"]


@dataclass(frozen=True, slots=True)
class LogConfig:
    """`level` as in the logging module, lower case."""

    level: str = "warning"
    format: LogFormat = "text"


class JsonFormatter(logging.Formatter):
    """One JSON object a line: `at` (RFC 3339, UTC), `level`, `process`, `logger`, `message`."""

    def __init__(self, process: str) -> None:
        super().__init__()
        self._process = process

    def format(self, record: logging.LogRecord) -> str:
        fields = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(
                timespec="milliseconds"
            ),
            "level": record.levelname.lower(),
            "process": self._process,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            fields["traceback"] = self.formatException(record.exc_info)
        return json.dumps(fields, ensure_ascii=False)


def configure(config: LogConfig, process: str) -> None:
    """Set up logging of this process."""
    handler = logging.StreamHandler(sys.stderr)
    if config.format == "json":
        handler.setFormatter(JsonFormatter(process))
    else:
        text = f"%(asctime)s %(levelname)-7s [{process}] %(message)s"
        handler.setFormatter(logging.Formatter(text))
    logging.basicConfig(level=config.level.upper(), handlers=[handler], force=True)
