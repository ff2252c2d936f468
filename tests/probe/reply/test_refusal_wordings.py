"""Refusals of gateways and servers that nobody here runs: what they say decides, whoever says it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mcp_server.probe.reply.refusal import Circumstances, read_refusal


def said(message: str, **more: Any) -> bytes:
    return json.dumps({"message": message, **more}).encode()


def anthropic(kind: str, message: str) -> bytes:
    return json.dumps({"type": "error", "error": {"type": kind, "message": message}}).encode()


def openai(message: str, kind: str = "invalid_request_error", code: Any = None) -> bytes:
    return json.dumps({"error": {"message": message, "type": kind, "param": None, "code": code}}).encode()


def page(title: str) -> bytes:
    return f"<!doctype html><html><head><title>{title}</title></head></html>".encode()


BAD = "invalid_request_error"
TABLE: list[tuple[int, bytes, str]] = [
    # API gateways, meshes and web servers in front.
    (401, said("Access denied due to missing subscription key."), "gateway_key_missing"),
    (401, said("Access denied due to invalid subscription key."), "gateway_key_rejected"),
    (401, said("No API key found in request"), "gateway_key_missing"),
    (401, said("Invalid authentication credentials"), "gateway_key_rejected"),
    (401, b"Jwt is missing", "gateway_key_missing"),
    (401, b"Jwt is expired", "gateway_key_rejected"),
    (403, b"RBAC: access denied", "gateway_forbidden"),
    (403, said("You cannot consume this service"), "gateway_forbidden"),
    (403, page("Attention Required!"), "gateway_forbidden"),
    (403, said("Missing Authentication Token"), "route_not_found"),
    (451, b"Unavailable For Legal Reasons", "gateway_forbidden"),
    (410, b"Gone", "route_not_found"),
    (511, page("Network Authentication Required"), "redirect_to_login"),
    (521, page("Web server is down"), "gateway_error"),
    (524, b"error code: 524", "gateway_error"),
    (503, said("failure to get a peer from the ring-balancer"), "gateway_error"),
    (504, said("Endpoint request timed out"), "gateway_error"),
    (429, said("API rate limit exceeded"), "gateway_rate_limit"),
    (400, page("400 The plain HTTP request was sent to HTTPS port"), "plain_http_on_tls_port"),
    (400, page("400 No required SSL certificate was sent"), "tls_client_certificate_required"),
    (400, page("400 Request Header Or Cookie Too Large"), "request_body_too_large"),
    (431, b"", "request_body_too_large"),
    (404, b"Cannot POST /v1/messages", "route_not_found"),
    (404, openai("Invalid URL (POST /v1/messages)"), "route_not_found"),
    # The model.
    (404, json.dumps({"error": {"code": 404, "message": "No endpoints found for claude-x."}}).encode(),
     "gateway_model_not_mapped"),
    (400, openai("Unknown model: claude-x"), "gateway_model_not_mapped"),
    (400, anthropic(BAD, "claude-x is not a supported model"), "gateway_model_not_mapped"),
    # The provider behind.
    (402, openai("Insufficient credits. Add more", code=402), "gateway_upstream_credential_missing"),
    (402, anthropic("billing_error", "Your account has insufficient funds"), "gateway_upstream_credential_missing"),
    (429, openai("Rate limit reached for gpt in organization org on tokens per min", "tokens"),
     "upstream_rate_limited"),
    (500, openai("The server had an error", "server_error"), "upstream_overloaded"),
    (502, openai("Upstream provider returned an error", "upstream_error"), "upstream_overloaded"),
    (403, said("User: arn:aws:iam::123456789012:user/x is not authorized to perform: bedrock:InvokeModel"),
     "bedrock_model_access_missing"),
    (429, said("Too many tokens, please wait before trying again."), "bedrock_throttled"),
    (401, anthropic("authentication_error", "This credential is only authorized for use with Claude Code"),
     "oauth_passthrough_blocked"),
    # The request's dialect.
    (400, anthropic(BAD, "thinking.type: Input should be 'enabled' or 'disabled'"), "thinking_param_unsupported"),
    (400, anthropic(BAD, "`temperature` and `top_p` cannot both be specified"), "body_field_rejected"),
    (400, anthropic(BAD, "input length and `max_tokens` exceed context limit: 190000 + 32000 > 200000"),
     "context_window_mismatch"),
    (400, anthropic(BAD, "anthropic-version: header is required"), "client_headers_not_preserved"),
    (422, json.dumps({"detail": [{"loc": ["body", "messages"], "msg": "str type expected"}]}).encode(),
     "body_field_rejected"),
    (422, b"", "body_field_rejected"),
    (400, b"", "unknown"),
]  # fmt: skip


@pytest.mark.parametrize(("status", "body", "cause"), TABLE)
def test_a_wording_has_its_cause(status: int, body: bytes, cause: str) -> None:
    headers = {"content-type": "text/html"} if body.startswith(b"<!") else {}
    assert read_refusal(status, headers, body).cause == cause


@pytest.mark.parametrize(
    ("status", "body", "cause"),
    [
        (401, anthropic("authentication_error", "invalid x-api-key"), "gateway_upstream_credential_missing"),
        (403, anthropic("permission_error", "not allowed"), "gateway_upstream_credential_missing"),
        (403, said("Forbidden"), "gateway_forbidden"),
        (403, page("Blocked"), "gateway_forbidden"),
        (401, said("Unauthorized"), "gateway_key_rejected"),
    ],
)
def test_with_a_proved_key_the_shape_tells_provider_and_gateway_apart(status: int, body: bytes, cause: str) -> None:
    assert read_refusal(status, {}, body, Circumstances(key_proved=True)).cause == cause


def test_after_a_small_message_a_403_is_no_matter_of_keys() -> None:
    known = Circumstances(key_proved=True, small_request_passed=True)
    assert read_refusal(403, {}, said("Forbidden"), known).cause == "gateway_forbidden"


def test_a_bare_500_of_litellm_is_a_key_that_did_not_arrive_only_where_the_list_said_the_same() -> None:
    bare = b"Internal Server Error"
    assert read_refusal(500, {}, bare, Circumstances(litellm=True, key_unseen=True)).cause == "gateway_key_missing"
    assert read_refusal(500, {}, bare, Circumstances(litellm=True)).cause == "gateway_error"
