"""Does the gateway accept the credential? Asked with the free model list, never with LiteLLM's billable /health."""

from __future__ import annotations

import json
import secrets
from datetime import datetime, timezone

from mcp_server.answer import Check, Finding
from mcp_server.net.http import Reply
from mcp_server.net.route import NetFailure
from mcp_server.probe.base import Outcome, Probe
from mcp_server.probe.context import Context
from mcp_server.probe.reply.refusal import Refusal, is_html, read_refusal
from mcp_server.probe.reply.stream_checks import found
from mcp_server.probe.reply.token_expiry import expired
from mcp_server.probe.route import failed
from mcp_server.redact import quote

_MODELS = "/v1/models?limit=1000"
_TITLE = "Credential"
_ROUTER = "claude-router-"


async def run(context: Context) -> Outcome:
    if context.facts.get("silent"):
        detail = "not asked for the model list, since free requests get no answer; the first message decides."
        return Outcome([Check(title=_TITLE, status="skip", detail=detail)])
    try:
        if not context.wire.lists_models:
            return await _without_list(context)
        reply = await context.request("GET", _MODELS, limit=2_000_000)
        names = _names(reply)
        if names is not None:
            context.gateway.models = names
            return await _accepted(context, names)
        if reply.status in (404, 405) or (reply.status == 200 and not is_html(reply.headers, reply.body)):
            return await _without_list(context)
        if context.level != "health" and not _about_credential(context, reply):
            # A gateway may forbid or not know the list and still serve messages; the first message decides.
            # Without its database packages LiteLLM answers a missing key with a bare 500.
            context.gateway.key_unseen = context.gateway.litellm and reply.status == 500
            detail = f"the model list answers {reply.status}; the first message decides."
            return Outcome([Check(title=_TITLE, status="skip", detail=detail)])
        refusal = read_refusal(reply.status, reply.headers, reply.body, context.circumstances(messages_path=False))
        return await _refused(context, refusal)
    except NetFailure as failure:
        return failed(context, failure, _TITLE)


async def _accepted(context: Context, names: tuple[str, ...]) -> Outcome:
    """The list came; was it because of the credential? A gateway that lists for anybody proves nothing."""
    other = await context.request("GET", _MODELS, headers=_wrong_credential(context), limit=4_000)
    listed = f"lists {len(names)} model{'' if len(names) == 1 else 's'}"
    if other.status == 200:
        detail = f"the gateway {listed}, but for any credential; only a message proves this one."
        return Outcome([Check(title=_TITLE, status="skip", detail=detail)])
    context.gateway.key_proved = True
    source = f" from {context.credential}" if context.credential else ""
    detail = f"the gateway accepts the credential{source}, refuses another one, and {listed}."
    return Outcome([Check(title=_TITLE, status="pass", detail=detail)])


async def _without_list(context: Context) -> Outcome:
    """No model list (it is optional): where no message follows, an empty one shows whether the key passes."""
    if context.level != "health":
        lists = "the gateway lists no models (optional)" if context.wire.lists_models else "this mode has no model list"
        detail = f"{lists}; the first message decides."
        return Outcome([Check(title=_TITLE, status="skip", detail=detail)])
    reply = await context.request("POST", "/v1/messages", json={})
    if reply.status in (401, 403):
        refusal = read_refusal(reply.status, reply.headers, reply.body, context.circumstances())
        return await _refused(context, refusal)
    other = await context.request("POST", "/v1/messages", headers=_wrong_credential(context), json={})
    if other.status in (401, 403):
        context.gateway.key_proved = True
        detail = "the gateway accepts the credential and refuses another one; it lists no models (optional)."
        return Outcome([Check(title=_TITLE, status="pass", detail=detail)])
    detail = "the gateway lists no models and checks the body first; only a message proves the credential."
    return Outcome([Check(title=_TITLE, status="skip", detail=detail)])


async def _refused(context: Context, refusal: Refusal) -> Outcome:
    findings = [await _finding(context, refusal)]
    if refusal.cause == "litellm_key_not_found" and "connected db" in refusal.said.lower():
        findings.append(
            found(
                context,
                "litellm_db_unavailable",
                "LiteLLM runs without a database, so it answers every key but the master key with 400 "
                '"No connected db."',
                severity="info",
            )
        )
    return Outcome([Check(title=_TITLE, status="fail", detail=f"{findings[0].problem}.")], findings)


async def _finding(context: Context, refusal: Refusal) -> Finding:
    if refusal.status == 401 and refusal.cause in ("gateway_key_rejected", "gateway_key_missing"):
        value = context.headers.get("authorization", "")
        if value.lower().startswith("bearer bearer "):
            twice = f"the value in {context.credential} begins with Bearer, so the header says it twice"
            return found(context, "auth_header_format_wrong", twice)
        if await _other_header_works(context):
            moved = f"the gateway refuses the key as sent ({refusal.said}) but accepts it in the other header"
            return found(context, "auth_header_format_wrong", moved)
    said = _said(context, refusal)
    return found(context, refusal.cause, said, confidence=refusal.confidence, said=said)


def _said(context: Context, refusal: Refusal) -> str:
    if refusal.cause == "gateway_key_missing" and not context.circumstances().credential_sent:
        return f"no credential is sent; the gateway answers {refusal.said}"
    if refusal.cause == "gateway_key_missing":
        sent = f"the credential from {context.credential}" if context.credential else "a credential"
        return f"{sent} is sent and does not arrive: the gateway answers {refusal.said}"
    source = f"the credential from {context.credential}" if context.credential else "the credential"
    ended = expired(context.headers.get("authorization", "").removeprefix("Bearer "), datetime.now(timezone.utc))
    return f"the gateway refuses {source}: {refusal.said}{f' ({ended})' if ended else ''}"


async def _other_header_works(context: Context) -> bool:
    key, bearer = context.headers.get("x-api-key"), context.headers.get("authorization", "")
    rest = context.other_headers
    if key and not bearer:
        swapped = {**rest, "authorization": f"Bearer {key}"}
    elif bearer.startswith("Bearer ") and not key:
        swapped = {**rest, "x-api-key": bearer.removeprefix("Bearer ")}
    else:
        return False
    reply = await context.request("GET", _MODELS, headers=swapped, limit=4_000)
    return reply.status == 200 and not is_html(reply.headers, reply.body)


def _wrong_credential(context: Context) -> dict[str, str]:
    return {**context.other_headers, "authorization": f"Bearer sk-wrong-{secrets.token_hex(8)}"}


def _about_credential(context: Context, reply: Reply) -> bool:
    if reply.status in (400, 401):
        return not is_html(reply.headers, reply.body)
    # Without its database packages LiteLLM answers a missing key with a bare 500.
    return reply.status == 500 and context.gateway.litellm and not context.circumstances().credential_sent


def _names(reply: Reply) -> tuple[str, ...] | None:
    if reply.status != 200:
        return None
    try:
        data = json.loads(reply.body)
    except (ValueError, RecursionError):
        return None
    entries = data.get("data") if isinstance(data, dict) else None
    if not isinstance(entries, list):
        return None
    ids = [entry["id"] for entry in entries if isinstance(entry, dict) and isinstance(entry.get("id"), str)]
    return tuple(dict.fromkeys(quote(_plain_name(name), 120) for name in ids[:5_000]))


def _plain_name(name: str) -> str:
    """LiteLLM gives this client ``claude-router-<hex of the name>`` so that its picker shows every model.

    ``[1m]`` behind a Claude name tells the client of the window; it is no part of the name.
    """
    if not name.startswith(_ROUTER):
        return name.removesuffix("[1m]")
    try:
        return bytes.fromhex(name.removeprefix(_ROUTER).removesuffix("[1m]")).decode("utf-8")
    except ValueError:
        return name


PROBE = Probe("gateway_auth", "gateway_auth", "Does the gateway accept the credential?", run)
