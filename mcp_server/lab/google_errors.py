"""Google's error shape (``google.rpc.Status`` as JSON) and the sentences of Vertex AI.

Wordings are those of the public service, seen in public issue threads; see each function.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.responses import JSONResponse

STATUS_NAMES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    499: "CANCELLED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
_CREDENTIAL_HELP = (
    "Expected OAuth 2 access token, login cookie or other valid authentication credential. "
    "See https://developers.google.com/identity/sign-in/web/devconsole-project."
)
_SERVICE = "aiplatform.googleapis.com"


class GoogleError(Exception):
    """The service answers with an error; ``body`` is the whole JSON."""

    def __init__(
        self, status: int, message: str, details: Sequence[dict[str, Any]] = (), status_name: str | None = None
    ) -> None:
        """``status_name``: the name of the code where it is not the usual one of that HTTP status."""
        super().__init__(message)
        self.status = status
        self.body = body(status, message, details)
        if status_name:
            self.body["error"]["status"] = status_name

    def response(self, *, as_list: bool = False) -> JSONResponse:
        """``as_list``: the OpenAI-compatible endpoint wraps its errors in a list of one."""
        return JSONResponse([self.body] if as_list else self.body, self.status)


def body(status: int, message: str, details: Sequence[dict[str, Any]] = ()) -> dict[str, Any]:
    """The JSON of one error."""
    error = {"code": status, "message": message, "status": STATUS_NAMES.get(status, "UNKNOWN")}
    return {"error": {**error, "details": list(details)} if details else error}


def _error_info(reason: str, **metadata: str) -> dict[str, Any]:
    kind = "type.googleapis.com/google.rpc.ErrorInfo"
    return {"@type": kind, "reason": reason, "domain": "googleapis.com", "metadata": metadata}


def unauthenticated(reason: str) -> GoogleError:
    """401. ``reason``: CREDENTIALS_MISSING, ACCESS_TOKEN_EXPIRED or ACCESS_TOKEN_TYPE_UNSUPPORTED."""
    beginning = {
        "CREDENTIALS_MISSING": "Request is missing required authentication credential.",
    }.get(reason, "Request had invalid authentication credentials.")
    return GoogleError(401, f"{beginning} {_CREDENTIAL_HELP}", [_error_info(reason, service=_SERVICE)])


def permission_denied(resource: str, permission: str = "aiplatform.endpoints.predict") -> GoogleError:
    """403 for a resource (``projects/…``) on which the caller lacks the permission."""
    message = f"Permission '{permission}' denied on resource '//{_SERVICE}/{resource}' (or it may not exist)."
    detail = _error_info("IAM_PERMISSION_DENIED", permission=permission, resource=resource)
    return GoogleError(403, message, [detail | {"domain": _SERVICE}])


def model_not_found(resource: str) -> GoogleError:
    """404 for a publisher model that does not exist there, is retired, or is not enabled."""
    return GoogleError(
        404,
        f"Publisher Model `{resource}` was not found or your project does not have access to it. "
        "Please ensure you are using a valid model version. For more information, see: "
        "https://cloud.google.com/vertex-ai/generative-ai/docs/learn/model-versions",
    )


def not_allowed(project: str, resource: str) -> GoogleError:
    """400 for a model that is not switched on for the project in Model Garden (yym68686/uni-api issue 41)."""
    message = f"Project `{project}` is not allowed to use Publisher Model `{resource}`"
    return GoogleError(400, message, status_name="FAILED_PRECONDITION")


def not_servable(resource: str, region: str) -> GoogleError:
    """400 for Claude in a region without it (NousResearch/hermes-agent issue 32678)."""
    message = f"Publisher Model `{resource}` is not servable in region {region}."
    return GoogleError(400, message, status_name="FAILED_PRECONDITION")


def quota_exceeded(base_model: str) -> GoogleError:
    """429; new projects often have a quota of nought for a base model (yym68686/uni-api issue 41)."""
    return GoogleError(
        429,
        "Quota exceeded for aiplatform.googleapis.com/online_prediction_requests_per_base_model with base model: "
        f"{base_model}. Please submit a quota increase request. "
        "https://cloud.google.com/vertex-ai/docs/generative-ai/quotas-genai.",
    )


def invalid_argument(message: str) -> GoogleError:
    """400 with one sentence."""
    return GoogleError(400, message)


def invalid_payload(violations: Sequence[tuple[str, str]]) -> GoogleError:
    """400 for JSON that does not fit the message type. ``violations``: (field path, sentence)."""
    fields = [{"field": field, "description": sentence} for field, sentence in violations]
    detail = {"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": fields}
    return GoogleError(400, "\n".join(sentence for _, sentence in violations), [detail])
