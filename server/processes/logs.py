"""Log lines on standard error, as text or as JSON."""

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


class MalformedRequest(logging.Filter):
    """Log bytes that are not HTTP as one line at level info.

    aiohttp logs them as errors with a traceback, but any client can send them. Other errors
    pass unchanged. The filter compares the module of the exception, so that the listener does
    not have to load aiohttp.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        problem = record.exc_info[1] if record.exc_info else None
        if not any(kind.__module__ == _PARSER for kind in type(problem).__mro__):
            return True
        reason = "".join(
            c if c.isprintable() else " " for c in str(problem)[: 4 * _MOST_CHARACTERS]
        )
        record.levelno, record.levelname = logging.INFO, logging.getLevelName(logging.INFO)
        record.msg = f"{record.getMessage()}: {' '.join(reason.split())[:_MOST_CHARACTERS]}"
        record.args, record.exc_info, record.exc_text = None, None, None
        return logging.getLogger(record.name).isEnabledFor(logging.INFO)


def configure(settings: Settings, process: str) -> None:
    """Set up the logging of this process; `process` is its name in each line."""
    aiohttp_server = logging.getLogger("aiohttp.server")
    if not any(isinstance(each, MalformedRequest) for each in aiohttp_server.filters):
        aiohttp_server.addFilter(MalformedRequest())
    handler = logging.StreamHandler(sys.stderr)
    if settings.log_format == "json":
        handler.setFormatter(JsonFormatter(process))
    else:
        text = f"%(asctime)s %(levelname)-7s [{process}] %(message)s"
        handler.setFormatter(logging.Formatter(text))
    logging.basicConfig(level=settings.log_level.upper(), handlers=[handler], force=True)
