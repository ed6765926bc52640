"""The file name in `Content-Disposition` (RFC 6266), as far as it can be read."""

import re
import warnings

from aiohttp.multipart import content_disposition_filename, parse_content_disposition

UNNAMED = "file.txt"
_NAME = re.compile(r'filename\s*=\s*(?:"((?:[^"\\]|\\.)*)"?|([^;]*))', re.IGNORECASE)


def file_name(header: str) -> str:
    """Return the name in a header; `file.txt` if it has none.

    Many programs write a name with spaces without quotes. It ends at a semicolon then.
    """
    try:
        with warnings.catch_warnings(action="ignore"):
            _, parameters = parse_content_disposition(header)
            if name := content_disposition_filename(parameters):
                return name
    except (ValueError, LookupError):
        pass
    found = _NAME.search(header)
    if found is None:
        return UNNAMED
    quoted, plain = found[1], found[2]
    name = re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else plain.strip()
    return name or UNNAMED
