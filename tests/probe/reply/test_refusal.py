"""Refusals of gateways and providers: one cause each, told by who says what."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mcp_server.catalogue.load import causes, read_yaml
from mcp_server.probe.reply.refusal import Circumstances, read_refusal
from mcp_server.probe.reply.refusal_texts import GATEWAY, PROTOCOL, UPSTREAM

LITELLM = Circumstances(litellm=True)
SMALL = Circumstances(litellm=True, small_request_passed=True)
TAIL = " LiteLLM: model group 'x' failed with the error above. No fallback was attempted."


def anthropic(kind: str, message: str) -> bytes:
    return json.dumps({"type": "error", "error": {"type": kind, "message": message}}).encode()


def wrapped(text: str) -> bytes:
    return anthropic("api_error", text + TAIL)


def google(status: str, message: str = "x") -> str:
    inner = json.dumps({"error": {"code": 0, "message": message, "status": status}})
    return f"Vertex_ai_betaException - b'{inner}'"


#: status, body, circumstances, cause
TABLE: list[tuple[int, bytes, Circumstances, str]] = [
    (401, anthropic("authentication_error", "no"), Circumstances(), "gateway_key_rejected"),
    (401, anthropic("authentication_error", "no"), LITELLM, "litellm_key_not_found"),
    (401, b'{"error": "x"}', Circumstances(credential_sent=False), "gateway_key_missing"),
    (500, b"Internal Server Error", Circumstances(litellm=True, credential_sent=False), "gateway_key_missing"),
    (500, b"Internal Server Error", Circumstances(), "gateway_error"),
    (401, b'{"error":{"message":"Invalid proxy server token passed"}}', LITELLM, "litellm_key_not_found"),
    (401, b'{"error":{"message":"LiteLLM Virtual Key expected. Received=x"}}', LITELLM, "litellm_key_format_invalid"),
    (401, b'{"error":{"message":"No api key passed in."}}', LITELLM, "gateway_key_missing"),
    (403, b'{"error":{"message":"no", "type":"team_model_access_denied"}}', LITELLM, "gateway_model_access_denied"),
    (400, b'{"error":{"message":"Budget has been exceeded!"}}', LITELLM, "gateway_budget_exceeded"),
    (403, b"<html><title>Blocked</title></html>", Circumstances(), "gateway_forbidden"),
    (404, b'{"detail":"Not Found"}', Circumstances(), "route_not_found"),
    (404, b'{"detail":"Not Found"}', Circumstances(base_path="/v1"), "base_url_path_duplicated"),
    (405, b"", Circumstances(), "route_not_found"),
    (404, anthropic("not_found_error", "model: m"), Circumstances(), "gateway_model_not_mapped"),
    (404, anthropic("not_found_error", "model: m"), Circumstances(model_from_tier=True), "model_alias_unmapped"),
    (404, anthropic("not_found_error", "The model m has been deprecated"), Circumstances(), "model_retired"),
    (400, b'{"error":{"message":"The model `m` has reached end of life."}}', Circumstances(), "model_retired"),
    (404, anthropic("not_found_error", "This endpoint is deprecated"), Circumstances(), "route_not_found"),
    (407, b"", Circumstances(), "proxy_auth_failed"),
    (413, b"<html>", Circumstances(), "request_body_too_large"),
    (302, b"", Circumstances(), "redirect_to_login"),
    (529, b"", Circumstances(), "upstream_overloaded"),
    (503, anthropic("api_error", "down"), Circumstances(), "upstream_overloaded"),
    (504, b"<html>", Circumstances(), "gateway_error"),
    (429, b'{"message":"slow down"}', Circumstances(), "gateway_rate_limit"),
    (429, anthropic("rate_limit_error", "slow"), Circumstances(), "upstream_rate_limited"),
    (429, wrapped("litellm.RateLimitError: AnthropicException - slow"), LITELLM, "upstream_rate_limited"),
    (429, wrapped("litellm.RateLimitError: " + google("RESOURCE_EXHAUSTED")), LITELLM, "vertex_quota_exhausted"),
    (429, wrapped("litellm.RateLimitError: BedrockException - Too many tokens"), LITELLM, "bedrock_throttled"),
    (500, wrapped("litellm.InternalServerError: AnthropicError - overloaded_error"), LITELLM, "upstream_overloaded"),
    (500, wrapped("litellm.APIConnectionError: No module named 'google'"), LITELLM, "gateway_dependency_missing"),
    (
        500,
        wrapped("litellm.InternalServerError: [SSL: CERTIFICATE_VERIFY_FAILED]"),
        LITELLM,
        "gateway_outbound_tls_failed",
    ),
    (
        401,
        wrapped("litellm.AuthenticationError: AnthropicException - os.environ/KEY"),
        LITELLM,
        "gateway_secret_not_resolved",
    ),
    (403, wrapped("litellm.BadRequestError: " + google("PERMISSION_DENIED")), LITELLM, "gcp_iam_permission_denied"),
    (
        403,
        wrapped("litellm.X: " + google("PERMISSION_DENIED", "SERVICE_DISABLED")),
        LITELLM,
        "gcp_project_setup_incomplete",
    ),
    (
        400,
        wrapped("litellm.X: BedrockException - on-demand throughput isn't"),
        LITELLM,
        "bedrock_inference_profile_required",
    ),
    (
        400,
        wrapped("litellm.X: BedrockException - The provided model identifier is invalid."),
        LITELLM,
        "bedrock_model_id_invalid",
    ),
    (
        500,
        wrapped("litellm.X: google.auth.exceptions.RefreshError: Reauthentication is needed"),
        LITELLM,
        "gcp_reauth_required",
    ),
    (500, wrapped("litellm.X: ('invalid_grant: Invalid JWT Signature.')"), LITELLM, "gcp_credential_file_invalid"),
    (
        400,
        wrapped("litellm.X: AnthropicException - context_management: Extra inputs are not permitted"),
        SMALL,
        "body_field_rejected",
    ),
    (
        400,
        wrapped("litellm.X: AnthropicException - prompt is too long: 9 tokens > 8 maximum"),
        SMALL,
        "context_window_mismatch",
    ),
    (
        400,
        wrapped("litellm.X: VertexAIException - Invalid JSON schema in function_declarations"),
        SMALL,
        "tool_schema_rejected",
    ),
    (400, wrapped("litellm.X: VertexAIException - Unsupported value"), SMALL, "body_field_rejected"),
    (
        400,
        anthropic("invalid_request_error", "messages.1.role: Input should be 'user' or 'assistant'"),
        SMALL,
        "system_role_rejected",
    ),
    (
        400,
        anthropic("invalid_request_error", "messages.1: Invalid signature in thinking block"),
        SMALL,
        "reasoning_signature_invalid",
    ),
    (400, anthropic("invalid_request_error", "this model does not support tools"), SMALL, "model_lacks_tool_use"),
    (400, anthropic("invalid_request_error", "invalid beta flag"), SMALL, "beta_flag_rejected"),
    (
        400,
        anthropic("invalid_request_error", "A maximum of 4 blocks with cache_control"),
        SMALL,
        "cache_control_rejected",
    ),
    (400, b"what", Circumstances(), "unknown"),
]


@pytest.mark.parametrize(("status", "body", "known", "cause"), TABLE)
def test_a_refusal_has_one_cause(status: int, body: bytes, known: Circumstances, cause: str) -> None:
    assert read_refusal(status, {}, body, known).cause == cause


def test_a_key_that_the_gateway_proved_moves_a_401_to_the_provider() -> None:
    body = anthropic("authentication_error", "invalid x-api-key")
    refusal = read_refusal(401, {}, body, Circumstances(key_proved=True))
    assert (refusal.cause, refusal.author) == ("gateway_upstream_credential_missing", "provider")


@pytest.mark.parametrize(
    ("headers", "body", "seconds"),
    [
        ({"retry-after": "7"}, b"", 7.0),
        ({}, b'{"error":{"message":"No deployments available for selected model, Try again in 5 seconds"}}', 5.0),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}, b"", None),
        ({"retry-after": "-3"}, b"", None),
        ({}, b"", None),
    ],
)
def test_the_time_to_wait_is_read(headers: dict[str, str], body: bytes, seconds: float | None) -> None:
    assert read_refusal(429, headers, body).wait_seconds == seconds


def test_the_message_of_a_body_that_was_cut_off_is_read() -> None:
    whole = anthropic("api_error", "litellm.APIConnectionError: Unable to load vertex credentials" + "x" * 9_000)
    refusal = read_refusal(500, {}, whole[:4_000], LITELLM)
    assert refusal.cause == "gcp_credential_file_invalid"


def test_a_traceback_of_the_gateway_is_left_out() -> None:
    body = anthropic("api_error", 'litellm.X: boom\nTraceback (most recent call last):\n  File "/srv/secret/path.py"')
    assert "/srv" not in read_refusal(500, {}, body, LITELLM).said


def test_what_is_quoted_is_clean_and_short() -> None:
    body = anthropic("x", "\x1b[31mred\x07 sk-ant-api03-abcdefghijkl " + "y" * 10_000)
    said = read_refusal(400, {}, body).said
    assert len(said) < 400
    assert "\x1b" not in said
    assert "abcdefghijkl" not in said


@pytest.mark.parametrize("body", [b"\xff\xfe\x00", b"[" * 100_000, b"null", b'{"error": null}', b'{"error": []}', b"{"])
@pytest.mark.parametrize("status", [200, 302, 400, 401, 404, 429, 500, 599])
def test_no_body_breaks_the_reader(status: int, body: bytes) -> None:
    assert read_refusal(status, {}, body).cause in causes()


def test_every_cause_named_here_stands_in_the_vocabulary_and_has_a_cure() -> None:
    named: set[Any] = {cause for table in (GATEWAY, UPSTREAM, PROTOCOL) for cause, _ in table}
    named |= {cause for *_, cause in TABLE}
    assert named <= set(causes())
    assert named <= set(read_yaml("cures.yaml")["live"])
    assert set(read_yaml("cures.yaml")["live"]) <= set(causes())
