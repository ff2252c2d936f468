"""Faults between gateway and provider. The gateway rewrites them: what arrives at the client is its business."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mcp_server.lab.certificates import self_signed
from mcp_server.lab.faults import raw
from mcp_server.lab.faults.answers import Answer, anthropic, google, instead, page
from mcp_server.lab.faults.base import Call, Fault, Served, messages
from mcp_server.lab.faults.streams import changing

_PROJECT = "projects/laboratory/locations/us-central1/publishers/google/models/gemini-2.5-pro"


@contextmanager
def _unreachable(_upstream: str, _folder: Path) -> Iterator[Served]:
    with raw.refused_port() as port:
        yield Served(f"http://{raw.LOOPBACK}:{port}")


@contextmanager
def _untrusted(upstream: str, folder: Path) -> Iterator[Served]:
    context = self_signed(folder, raw.LOOPBACK).server_context()
    with raw.listening(raw.relaying(int(upstream.rpartition(":")[2])), context) as port:
        yield Served(f"https://{raw.LOOPBACK}:{port}")


def _full_only(call: Call) -> bool:
    return call.is_full


def _upstream(id_: str, title: str, cause: str, layer: str, answer: Answer, *, full: bool = False) -> Fault:
    when = _full_only if full else messages
    return Fault(id_, title, cause, layer, "upstream", apply=instead(when, answer))


_UP, _LIMITS, _PROTOCOL = "upstream", "limits", "protocol"
#: In Anthropic's format.
ANTHROPIC = (
    _upstream("provider-401", "the provider refuses the gateway's key", "gateway_upstream_credential_missing", _UP,
              anthropic(401, "invalid x-api-key")),
    _upstream("provider-403", "the provider forbids the call", "gateway_upstream_credential_missing", _UP,
              anthropic(403, "Your API key does not have permission to use the specified resource.")),
    _upstream("provider-404", "the provider does not know the model", "gateway_model_not_mapped", "model",
              anthropic(404, "model: claude-opus-5-5")),
    _upstream("provider-billing", "the account has no credit", "gateway_upstream_credential_missing", _UP,
              anthropic(400, "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing "
                        "to upgrade or purchase credits.")),
    _upstream("provider-429", "the provider limits the rate", "upstream_rate_limited", _LIMITS,
              anthropic(429, "This request would exceed your organization's rate limit of 50 requests per minute")),
    _upstream("provider-500", "the provider fails", "upstream_overloaded", _UP,
              anthropic(500, "Internal server error")),
    _upstream("provider-503", "a page of the provider's load balancer", "upstream_overloaded", _UP,
              page(503, "503 Service Temporarily Unavailable")),
    _upstream("provider-529", "the provider is overloaded", "upstream_overloaded", _UP, anthropic(529, "Overloaded")),
    _upstream("provider-context", "the prompt is too long", "context_window_mismatch", _PROTOCOL,
              anthropic(400, "prompt is too long: 210000 tokens > 200000 maximum"), full=True),
    _upstream("provider-field", "the provider refuses a body field", "body_field_rejected", _PROTOCOL,
              anthropic(400, "context_management: Extra inputs are not permitted"), full=True),
    _upstream("provider-beta", "the provider refuses a beta", "beta_flag_rejected", _PROTOCOL,
              anthropic(400, "Unexpected value(s) `x-2026-01-01` for the `anthropic-beta` header"), full=True),
    _upstream("provider-413", "the provider refuses the size", "request_body_too_large", "route",
              anthropic(413, "Request exceeds the maximum size"), full=True),
    Fault("provider-stream-error", "the provider fails inside the stream", "upstream_overloaded", _UP, "upstream",
          verdict="warnings",
          apply=changing(lambda events, _call: [*events[:2], (
              "error", {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}})])),
    Fault("provider-unreachable", "nothing listens at the provider's address", "upstream_overloaded", _UP, "upstream",
          stand=_unreachable),
    Fault("provider-untrusted", "the provider's certificate is not trusted", "gateway_outbound_tls_failed", _UP,
          "upstream", stand=_untrusted),
)  # fmt: skip
#: In Google's format.
GOOGLE = (
    _upstream("vertex-401", "Google refuses the token", "gateway_upstream_credential_missing", _UP,
              google(401, "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie "
                     "or other valid authentication credential.", "UNAUTHENTICATED", "ACCESS_TOKEN_TYPE_UNSUPPORTED")),
    _upstream("vertex-403", "a role is missing", "gcp_iam_permission_denied", _UP,
              google(403, f"Permission 'aiplatform.endpoints.predict' denied on resource '//aiplatform.googleapis.com/"
                     f"{_PROJECT}' (or it may not exist).", "PERMISSION_DENIED", "IAM_PERMISSION_DENIED")),
    _upstream("vertex-api-disabled", "the API is not enabled", "gcp_project_setup_incomplete", _UP,
              google(403, "Vertex AI API has not been used in project 1 before or it is disabled. Enable it by "
                     "visiting https://console.developers.google.com/apis/api/aiplatform.googleapis.com/overview then "
                     "retry.", "PERMISSION_DENIED", "SERVICE_DISABLED")),
    _upstream("vertex-billing", "billing is off", "gcp_project_setup_incomplete", _UP,
              google(403, "This API method requires billing to be enabled. Please enable billing on project #1 by "
                     "visiting https://console.developers.google.com/billing/enable?project=1 then retry.",
                     "PERMISSION_DENIED", "BILLING_DISABLED")),
    _upstream("vertex-not-enabled", "the model is not enabled", "vertex_model_not_enabled", _UP,
              google(404, f"Publisher Model `{_PROJECT.replace('google', 'anthropic')}` was not found or your project "
                     "does not have access to it. Please ensure you are using a valid model version.", "NOT_FOUND")),
    _upstream("vertex-region", "the region does not serve the model", "vertex_region_unsupported", _UP,
              google(400, "Publisher model gemini-2.5-pro is not supported in region us-west9.",
                     "FAILED_PRECONDITION")),
    _upstream("vertex-quota", "the quota is exhausted", "vertex_quota_exhausted", _LIMITS,
              google(429, "Resource exhausted. Please try again later.", "RESOURCE_EXHAUSTED")),
    _upstream("vertex-500", "Google fails", "upstream_overloaded", _UP,
              google(500, "Internal error encountered.", "INTERNAL")),
    _upstream("vertex-503", "Google is overloaded", "upstream_overloaded", _UP,
              google(503, "The model is overloaded. Please try again later.", "UNAVAILABLE")),
    _upstream("vertex-context", "the prompt is too long", "context_window_mismatch", _PROTOCOL,
              google(400, "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
                     "INVALID_ARGUMENT"), full=True),
    _upstream("vertex-schema", "a tool schema is refused", "tool_schema_rejected", _PROTOCOL,
              google(400, "Invalid JSON payload received. Unknown name \"propertyNames\" at 'tools[0]."
                     "function_declarations[3].parameters': Cannot find field.", "INVALID_ARGUMENT"), full=True),
)  # fmt: skip
FAULTS = ANTHROPIC + GOOGLE
