"""What the proxy itself answers, in the shape of Anthropic's errors: Claude Code then shows the sentence."""

from __future__ import annotations

import json

#: Status → type and sentence.
_ERRORS = {
    401: ("authentication_error", "the gateway does not know this key: check the variable or settings that hold it"),
    404: ("not_found_error", "the gateway does not serve this path: check the base URL of Claude Code"),
    413: ("request_too_large", "the request is larger than the gateway passes on"),
    502: ("api_error", "the gateway cannot reach the provider"),
    504: ("timeout_error", "the provider did not answer the gateway in time"),
}
STATUSES = tuple(_ERRORS)


def body(status: int) -> str:
    """The JSON text of the proxy's own answer with ``status``."""
    kind, message = _ERRORS[status]
    return json.dumps({"type": "error", "error": {"type": kind, "message": message}}, separators=(",", ":"))
