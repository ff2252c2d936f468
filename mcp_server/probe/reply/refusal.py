"""From an HTTP answer that is no success to one cause: who refused, and what (pure)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from mcp_server.answer import Confidence
from mcp_server.probe.reply.refusal_texts import (
    gateway_cause,
    plain_cause,
    protocol_cause,
    says_bad_key,
    says_no_credential,
    says_no_model,
    says_unpaid,
    upstream_cause,
)
from mcp_server.redact import clean, quote

_TEXT_LIMIT = 6_000
_WRAPPED = re.compile(r"litellm\.[A-Z]\w+|\w{2,40}?(?:Exception|Error)\b[ \w]{0,40} - ")
_PROVIDER = re.compile(r"\b(?P<name>[A-Za-z_]{2,30}?)(?:_beta)?Exception\b")
_MESSAGE = re.compile(r'"message"\s*:\s*"((?:[^"\\]|\\.){1,6000})')
_SECONDS = re.compile(r"try again in (\d{1,4})(?:\.\d+)? ?s", re.IGNORECASE)
_TITLE = re.compile(r"<title[^>]*>([^<]{1,200})", re.IGNORECASE)
#: Statuses after which the same request may pass a moment later.
TRANSIENT = (429, 500, 502, 503, 504, 529)


@dataclass(frozen=True)
class Circumstances:
    """What is known when the refusal comes; decides between causes with the same wording."""

    litellm: bool = False
    credential_sent: bool = True
    key_proved: bool = False
    """The gateway accepted this credential and refuses others."""
    key_unseen: bool = False
    """The gateway seems not to get the credential that is sent."""
    small_request_passed: bool = False
    """A small message to the same model went through: the path, the key and the model are fine."""
    base_path: str = ""
    """Path part of the base URL, without a slash at the end."""
    model_from_tier: bool = False
    """The name came from a tier alias or is built into the client, so nobody typed it."""
    messages_path: bool = True
    """The refused call was one of ``/v1/messages``."""


@dataclass(frozen=True)
class Refusal:
    """One refusal explained. ``said`` is quoted text, safe to show."""

    cause: str
    said: str
    status: int
    confidence: Confidence = "high"
    transient: bool = False
    wait_seconds: float | None = None
    """What the server asked to wait, from ``retry-after`` or its text."""
    author: Literal["gateway", "provider", "unknown"] = "unknown"
    provider: str = ""


_Make = Callable[..., Refusal]
_NOTHING_KNOWN = Circumstances()


def read_refusal(
    status: int, headers: Mapping[str, str], body: bytes, known: Circumstances = _NOTHING_KNOWN
) -> Refusal:
    """The refusal that ``status``, ``headers`` (lower-case names) and ``body`` amount to."""
    text = body[: 4 * _TEXT_LIMIT].decode("utf-8", "replace")[:_TEXT_LIMIT]
    html = is_html(headers, body)
    message = _title(text) if html else error_message(text)
    wrapped = _WRAPPED.search(message)
    named = _PROVIDER.search(message) if wrapped else None
    provider = named["name"] if named else ""
    said = f"{status}: {quote(message, 300).rstrip('.')}" if message.strip() else f"{status} with an empty body"

    def refusal(cause: str, confidence: Confidence = "high", author: Any = "unknown") -> Refusal:
        transient = status in TRANSIENT
        return Refusal(cause, said, status, confidence, transient, _wait(headers, message), author, provider)

    if 300 <= status < 400:
        location = quote(headers.get("location", "nowhere"), 120)
        return Refusal("redirect_to_login", f"{status} to {location}", status)
    if status == 407:
        return refusal("proxy_auth_failed", author="unknown")
    if status == 413:
        return refusal("request_body_too_large")
    if status == 431 or (status in (400, 494) and re.search(r"header .{0,30}too (?:large|long|big)", message, re.I)):
        return refusal("request_body_too_large")
    if status < 300:
        return refusal("html_instead_of_api" if html else "response_shape_invalid")
    cause = plain_cause(status, message)
    if cause is not None:
        return refusal(cause)
    if html and status < 500 and status not in (401, 403, 404, 405, 429):
        return refusal("html_instead_of_api")
    if not html:
        cause = gateway_cause(message)
        if cause is not None:
            return refusal(_tier(cause, known), author="gateway")
        if says_unpaid(message) or "insufficient_quota" in message:
            # An account that cannot pay is a fault of the key that the gateway holds, whatever the status.
            spent = "upstream_rate_limited" if status == 429 else "gateway_upstream_credential_missing"
            return refusal(spent, author="provider")
    if wrapped and status not in (404,):
        return _from_provider(refusal, status, message, known)
    cause = None if html else _pass_through(status, message)
    if cause is not None:
        return refusal(cause, "high" if wrapped else "medium", "provider")
    return _by_status(refusal, status, text, message, html, bool(wrapped), known)


def _tier(cause: str, known: Circumstances) -> str:
    return "model_alias_unmapped" if cause == "gateway_model_not_mapped" and known.model_from_tier else cause


def _from_provider(refusal: _Make, status: int, message: str, known: Circumstances) -> Refusal:
    """LiteLLM quotes the provider: the user's own key and path are fine."""
    cause = upstream_cause(message) if status in (401, 403, 429) or status >= 500 else None
    cause = cause or protocol_cause(message) or upstream_cause(message)
    if cause == "upstream_overloaded" or (cause is None and status >= 500):
        return refusal("upstream_overloaded", "high" if cause else "medium", "provider")
    if cause is not None:
        return refusal(cause, author="provider")
    vertex, bedrock = "vertex" in message.lower(), "bedrock" in message.lower()
    if status == 401:
        return refusal("gateway_upstream_credential_missing", author="provider")
    if status == 403:
        denied = "gcp_iam_permission_denied" if vertex else "bedrock_model_access_missing" if bedrock else None
        return refusal(denied or "gateway_upstream_credential_missing", "medium", "provider")
    if status == 429:
        limited = "vertex_quota_exhausted" if vertex else "bedrock_throttled" if bedrock else None
        return refusal(limited or "upstream_rate_limited", author="provider")
    if status == 408:
        return refusal("stream_or_request_timeout", author="provider")
    if known.small_request_passed and status in (400, 422):
        return refusal("body_field_rejected", "low", "provider")
    return refusal("unknown", "low", "provider")


def _pass_through(status: int, message: str) -> str | None:
    """Words of a provider, or about the request's dialect, without a gateway's wrapper."""
    if status in (400, 422):
        return protocol_cause(message) or upstream_cause(message)
    if status == 404:
        cause = upstream_cause(message)
        return cause if cause and cause.startswith(("vertex", "bedrock", "gcp", "model_retired")) else None
    return upstream_cause(message)


def _by_status(
    refusal: _Make, status: int, text: str, message: str, html: bool, wrapped: bool, known: Circumstances
) -> Refusal:
    if status in (401, 403):
        if not known.credential_sent:
            return refusal("gateway_key_missing")
        if known.small_request_passed:
            # Key, model and provider have just worked: what differs is the size and the form of the request.
            return refusal("gateway_forbidden", "medium", "gateway")
        if status == 403 and html:
            # No provider refuses with a web page: something on the way does.
            return refusal("gateway_forbidden", "medium", "gateway")
        if known.key_proved and _provider_shape(text):
            return refusal("gateway_upstream_credential_missing", "medium", "provider")
        if not html and says_no_credential(message):
            return refusal("gateway_key_missing", author="gateway")
        if status == 403:
            return refusal("gateway_forbidden", "medium" if html else "high", "gateway")
        return refusal("litellm_key_not_found" if known.litellm else "gateway_key_rejected", author="gateway")
    if status in (404, 405):
        return _not_found(refusal, status, message, html, wrapped, known)
    if status == 429:
        author = "provider" if _anthropic_error(text) else "gateway"
        return refusal("upstream_rate_limited" if author == "provider" else "gateway_rate_limit", "medium", author)
    if status == 408:
        return refusal("stream_or_request_timeout", "medium")
    if status == 402:
        return refusal("gateway_budget_exceeded", "low")
    if status == 529:
        return refusal("upstream_overloaded")
    if status >= 500:
        if known.litellm and (not known.credential_sent or (known.key_unseen and _bare(message))):
            # Without its database packages LiteLLM answers a missing key with a bare 500.
            return refusal("gateway_key_missing", author="gateway")
        passed_through = _anthropic_error(text)
        return refusal(
            "upstream_overloaded" if passed_through else "gateway_error", "medium" if passed_through else "high"
        )
    if status in (400, 422):
        return _unreadable(refusal, status, message, html, known)
    return refusal("unknown", "low")


def _provider_shape(text: str) -> bool:
    """An error object as model providers send it, not the bare words of a web server or an API gateway."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(data, dict) and isinstance(data.get("error"), dict)


def _bare(message: str) -> bool:
    """The words of a web framework, not of the program in it."""
    return message.strip() == "Internal Server Error"


def _unreadable(refusal: _Make, status: int, message: str, html: bool, known: Circumstances) -> Refusal:
    """A refusal of the request as such: what it names decides, else its form is what is refused."""
    if not html and not known.small_request_passed:
        if says_no_model(message):
            return refusal(_tier("gateway_model_not_mapped", known), "medium", "gateway")
        if says_bad_key(message) and not known.key_proved:
            return refusal("gateway_key_rejected", "medium", "gateway")
    if known.small_request_passed or status == 422:
        return refusal("body_field_rejected", "low")
    return refusal("unknown", "low")


def _not_found(refusal: _Make, status: int, message: str, html: bool, wrapped: bool, known: Circumstances) -> Refusal:
    if wrapped:
        cause = upstream_cause(message)
        if cause is None and "vertex" in message.lower():
            cause = "vertex_model_route_wrong"
        return refusal(cause or "gateway_model_not_mapped", "high" if cause else "medium", "provider")
    speaks_of_model = re.search(r"\bmodel\b", message, re.IGNORECASE) is not None and not html
    no_model = not html and says_no_model(message)
    about_paths = re.search(r"/v1/|route|path|url", message, re.IGNORECASE) is not None
    if status == 404 and (no_model or (speaks_of_model and not about_paths)):
        return refusal(
            "model_alias_unmapped" if known.model_from_tier else "gateway_model_not_mapped", author="gateway"
        )
    if known.base_path.endswith(("/v1", "/v1/messages", "/messages")):
        return refusal("base_url_path_duplicated")
    return refusal("route_not_found", "high" if known.messages_path else "medium")


def error_message(text: str) -> str:
    """The error text of an Anthropic, OpenAI, LiteLLM or FastAPI body; else the body itself."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        # Only the head of the body may be known: the message is readable all the same.
        inside = _MESSAGE.search(text) if text.lstrip().startswith("{") else None
        return _told(inside[1].replace("\\n", "\n").replace('\\"', '"') if inside else text)
    if not isinstance(data, dict):
        return _told(text)
    error = data.get("error", data)
    if not isinstance(error, dict):
        return _told(str(error or data.get("detail") or text))
    kinds = [str(error[key]) for key in ("type", "code", "status") if error.get(key)]
    kinds = [kind for kind in kinds if kind not in ("None", "error") and not kind.isdigit()]
    message = error.get("message") or error.get("detail") or data.get("detail") or data.get("message")
    return _told(f"{' '.join(kinds)}: {message}" if kinds and message else str(message or text))


def _told(text: str) -> str:
    """Without what only fills the page: a traceback of the gateway's program, LiteLLM's closing remarks."""
    return re.split(r"\n?Traceback \(most recent|\.? ?LiteLLM: model group|\. Received Model Group=", clean(text))[0]


def is_html(headers: Mapping[str, str], body: bytes) -> bool:
    """A web page, by its type or by its first bytes."""
    head = body[:400].lstrip().lower()
    return "text/html" in headers.get("content-type", "") or head.startswith((b"<!doctype html", b"<html"))


def _anthropic_error(text: str) -> bool:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(data, dict) and data.get("type") == "error" and isinstance(data.get("error"), dict)


def _title(text: str) -> str:
    title = _TITLE.search(text)
    return f"a web page titled {title[1].strip()!r}" if title else "a web page"


def _wait(headers: Mapping[str, str], message: str) -> float | None:
    told = headers.get("retry-after", "").strip()
    if told.isascii() and told.isdigit() and len(told) < 7:
        return float(told)
    asked = _SECONDS.search(message)
    return float(asked[1]) if asked else None
