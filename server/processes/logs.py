"""Log lines, for people or as JSON, on standard error. Knows no other part of the server."""

import json
import logging
import sys
from datetime import UTC, datetime

from server.settings import Settings

_PARSER = "aiohttp.http_exceptions"
_MOST_CHARACTERS = 200


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


class MalformedHead(logging.Filter):
    """Anybody can send bytes that are no HTTP: one line at level info, without a traceback.

    aiohttp logs each as an error of its own. What is an error of ours passes as it is. The
    exception is told by where it is defined, so that the listener need not load aiohttp.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        problem = record.exc_info[1] if record.exc_info else None
        if not any(kind.__module__ == _PARSER for kind in type(problem).__mro__):
            return True
        said = "".join(c if c.isprintable() else " " for c in str(problem))
        record.levelno, record.levelname = logging.INFO, logging.getLevelName(logging.INFO)
        record.msg = f"{record.getMessage()}: {' '.join(said.split())[:_MOST_CHARACTERS]}"
        record.args, record.exc_info, record.exc_text = None, None, None
        return logging.getLogger(record.name).isEnabledFor(logging.INFO)


def configure(settings: Settings, process: str) -> None:
    """Set up logging of this process."""
    aiohttp_server = logging.getLogger("aiohttp.server")
    if not any(isinstance(each, MalformedHead) for each in aiohttp_server.filters):
        aiohttp_server.addFilter(MalformedHead())
    handler = logging.StreamHandler(sys.stderr)
    if settings.log_format == "json":
        handler.setFormatter(JsonFormatter(process))
    else:
        text = f"%(asctime)s %(levelname)-7s [{process}] %(message)s"
        handler.setFormatter(logging.Formatter(text))
    logging.basicConfig(level=settings.log_level.upper(), handlers=[handler], force=True)
