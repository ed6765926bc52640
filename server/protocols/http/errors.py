"""Errors of HTTP: the status of each code, and the JSON body (docs/protocol.md, part 2)."""

import math
from collections.abc import Mapping
from typing import Any

from aiohttp import hdrs, web
from msgspec import UNSET, Struct, UnsetType

from shared.codec import encode
from shared.messages import error
from shared.problems import Problem, ProblemError, problem

STATUS: Mapping[str, int] = {
    "bad_request": 400,
    "not_joined": 401,
    "forbidden": 403,
    "tls_required": 403,
    "muted": 403,
    "slow": 403,
    "not_found": 404,
    "bad_method": 405,
    "timeout": 408,
    "bad_offset": 409,
    "gone": 410,
    "length_required": 411,
    "too_long": 413,
    "not_text": 415,
    "form_encoded": 415,
    "bad_range": 416,
    "wrong_host": 421,
    "upgrade_required": 426,
    "rate_limited": 429,
    "unavailable": 503,
    "storage": 507,
}


class HttpError(ProblemError):
    """A request failed; the code of its problem decides the status."""

    def __init__(self, why: Problem, headers: Mapping[str, str] | None = None) -> None:
        """Take the problem, and headers beside the usual ones."""
        super().__init__(why)
        self.headers = headers


class _Body(Struct, omit_defaults=True):
    code: str
    reason: str
    params: dict[str, Any] | UnsetType = UNSET
    retry_after: float | UnsetType = UNSET


def error_response(why: ProblemError) -> web.Response:
    """Return the answer for a problem."""
    sent = error(why.problem)
    response = web.Response(
        status=STATUS.get(sent.code, 400),
        body=encode(_Body(sent.code, sent.reason, sent.params, sent.retry_after)),
        content_type="application/json",
        headers=why.headers if isinstance(why, HttpError) else None,
    )
    if sent.retry_after is not UNSET:
        response.headers[hdrs.RETRY_AFTER] = str(math.ceil(sent.retry_after))
    return response


def router_error(refusal: web.HTTPException, request: web.Request) -> HttpError:
    """Return the error for what aiohttp's router raises: no such path, or no such method."""
    if isinstance(refusal, web.HTTPMethodNotAllowed):
        why = problem("bad_method", method=request.method)
        return HttpError(why, {"Allow": refusal.headers["Allow"]})
    return HttpError(problem("not_found", "path"))
