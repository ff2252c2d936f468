"""Every route is asked without a credential, with a wrong one and with the key in unusual places: what answers?"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from mcp_server.answer import Check, Finding, Status
from mcp_server.catalogue.finding import finding
from mcp_server.lab.drills.base import Drill, Order, Outcome
from mcp_server.lab.drills.bench import Bench, bench
from mcp_server.lab.drills.copying import PERMITS_NO_KEY, Shorten
from mcp_server.lab.drills.names import chosen
from mcp_server.lab.drills.traffic import message, new_marker
from mcp_server.net.http import request
from mcp_server.net.route import NetFailure, Route
from mcp_server.redact import quote

#: ``public``: LiteLLM gives it to everybody, and it holds nothing; ``tells``: public too, but it tells of the set-up;
#: ``guarded``: needs a key; ``costs``: needs a key, and each call is billed; ``admin``: changes or shows the gateway.
Kind = Literal["public", "tells", "guarded", "costs", "admin"]
_KNOWN_TO_ALL = ("sk-1234",)
_WRONG = "sk-wrong-" + "0" * 12


@dataclass(frozen=True)
class _Route:
    method: str
    path: str
    kind: Kind
    body: Any = None


@dataclass(frozen=True)
class _Try:
    """One way of showing (or not showing) a credential."""

    title: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    query: str = field(default="", repr=False)


async def run(order: Order) -> Outcome:
    outcome = Outcome()
    custom = order.file.setting("general_settings", "custom_auth")
    async with bench(order.file, order.folder, Shorten(timeout=10), order.report) as b:
        outcome.context += b.copy.changes
        names = chosen(order.file, b.names, order.models)
        name = names[0].asked if names else "gpt-4o"
        routes = [*_routes(name), *_passed_through(order)]
        order.note(f"asking {len(routes)} routes without a credential and with a wrong one")
        gate = asyncio.Semaphore(4)

        async def one(route: _Route, way: _Try) -> tuple[int, str, bool]:
            async with gate:
                return await _ask(b, route, way)

        ways = (_Try("no credential"), _Try("a wrong key", {"authorization": f"Bearer {_WRONG}"}))
        got = await asyncio.gather(*(one(route, way) for route in routes for way in ways))
        outcome.findings += _master_key(order, b, custom)
        for number, route in enumerate(routes):
            for way, answer in zip(ways, got[2 * number : 2 * number + 2], strict=True):
                _judge(order, b, route, way, *answer, outcome)
        await _placements(order, b, name, outcome)
    if custom:
        outcome.row("general_settings.custom_auth", "skip", "Your own code decides there; it is not run by a drill.")
    outcome.checks.sort(key=_worst_first)
    return outcome


def _routes(name: str) -> list[_Route]:
    chat = {"model": name, "max_tokens": 16, "messages": [{"role": "user", "content": ""}]}
    key = {"key": "sk-none"}
    return [
        _Route("POST", "/v1/messages", "costs", chat),
        _Route("POST", "/v1/messages/count_tokens", "costs", chat),
        _Route("POST", "/v1/chat/completions", "costs", chat),
        _Route("POST", f"/openai/deployments/{name}/chat/completions", "costs", chat),
        _Route("POST", "/v1/responses", "costs", {"model": name, "input": ""}),
        _Route("POST", "/v1/completions", "costs", {"model": name, "prompt": "", "max_tokens": 16}),
        _Route("POST", "/v1/embeddings", "costs", {"model": name, "input": ""}),
        _Route("POST", "/anthropic/v1/messages", "costs", chat),
        _Route("POST", "/vertex_ai/v1/projects/p/locations/l/publishers/google/models/m:generateContent", "costs", {}),
        _Route("POST", "/bedrock/model/m/invoke", "costs", {}),
        _Route("GET", "/health", "costs"),
        _Route("POST", "/health/test_connection", "costs", {"litellm_params": {"model": name}}),
        _Route("GET", "/v1/models", "guarded"),
        _Route("GET", "/v1/model/info", "guarded"),
        _Route("GET", "/model_group/info", "guarded"),
        _Route("GET", "/metrics", "guarded"),
        _Route("GET", "/key/info", "admin"),
        _Route("GET", "/key/list", "admin"),
        _Route("POST", "/key/generate", "admin", {"duration": "1m"}),
        _Route("POST", "/key/delete", "admin", {"keys": ["none"]}),
        _Route("POST", "/user/new", "admin", {"user_id": "drill"}),
        _Route("POST", "/team/new", "admin", {"team_alias": "drill"}),
        _Route("POST", "/model/new", "admin", {"model_name": "drill", "litellm_params": {"model": "openai/drill"}}),
        _Route("GET", "/spend/logs", "admin"),
        _Route("GET", "/config/yaml", "admin"),
        _Route("POST", "/config/update", "admin", {}),
        _Route("GET", "/get/config/callbacks", "admin"),
        _Route("GET", "/config/list?config_type=general_settings", "admin"),
        _Route("POST", "/cache/flushall", "admin", key),
        _Route("GET", "/global/spend/keys", "admin"),
        _Route("GET", "/", "tells"),
        _Route("GET", "/routes", "tells"),
        _Route("GET", "/openapi.json", "tells"),
        _Route("GET", "/health/readiness", "public"),
        _Route("GET", "/health/liveliness", "public"),
        _Route("GET", "/ui/", "tells"),
    ]


def _passed_through(order: Order) -> list[_Route]:
    """The file's own pass-through endpoints; they carry a provider's key, so each call may be billed."""
    listed = order.file.setting("general_settings", "pass_through_endpoints")
    paths = [e.get("path") for e in listed if isinstance(e, dict)] if isinstance(listed, list) else []
    return [_Route("POST", path, "costs", {}) for path in paths if isinstance(path, str) and path.startswith("/")]


async def _ask(b: Bench, route: _Route, way: _Try) -> tuple[int, str, bool]:
    """Status, what was said, and whether a provider was called for it."""
    marker = new_marker()
    body = route.body
    if isinstance(body, dict):
        body = json.loads(json.dumps(body).replace('"content": ""', f'"content": "{marker}"'))
        body = {key: marker if value == "" and key in ("input", "prompt") else value for key, value in body.items()}
        body = body or {"text": marker}
    target = Route(b.client.base_url, timeout=20)
    headers = {"anthropic-version": "2023-06-01", "content-type": "application/json", **way.headers}
    before = len(b.upstreams.calls())
    try:
        reply = await request(
            target, route.method, route.path + way.query, headers=headers, json=body, limit=20_000, deadline=20
        )
    except NetFailure as failure:
        return 0, quote(failure.detail, 120), False
    called = bool(b.upstreams.calls(marker)) or (route.path == "/health" and len(b.upstreams.calls()) > before)
    text = reply.body.decode("utf-8", errors="replace")
    return reply.status, quote(" ".join(text.split()), 120), called


def _judge(
    order: Order, b: Bench, route: _Route, way: _Try, status: int, said: str, called: bool, outcome: Outcome
) -> None:
    where = f"{route.method} {quote(route.path, 80)}"
    answered = 200 <= status < 300
    # A refusal is a status of its own; 404, 405 and 422 show that nobody asked for a credential, and gave nothing.
    refused = status in (401, 403) or (status == 400 and "connected db" in said.lower())
    verdict: Status
    if route.kind == "public":
        verdict, note = "pass", "meant for everybody"
    elif route.kind == "tells":
        verdict, note = (
            ("warn", "tells strangers about the gateway") if answered else ("pass", "not given to strangers")
        )
    elif called:
        verdict, note = "fail", "a provider was called: anybody can spend the owner's money"
    elif answered:
        verdict, note = "fail", "answered without a valid credential"
    elif refused:
        verdict, note = "pass", "refused"
    else:
        verdict, note = "pass", "gave nothing"
    outcome.row(
        f"{where} with {way.title}",
        verdict,
        f"{status or 'no answer'}; {note}: {said}" if said else f"{status}; {note}.",
        method=route.method,
        path=quote(route.path, 120),
        credential=way.title,
        kind=route.kind,
        status_seen=status,
        provider_called=called,
    )
    if verdict == "fail" and b.copy.master_key is not None:
        listed = any(route.path == other.path for other in _passed_through(order))
        places = ("general_settings.pass_through_endpoints",) if listed else ()
        outcome.findings.append(
            finding(
                "gateway_config_invalid",
                problem=f"{where} answers with {way.title} ({status}), although the gateway has a master key.",
                why="A provider is called and paid for strangers."
                if called
                else "Strangers see or change what only operators may.",
                fix="Remove auth: false from this pass-through endpoint."
                if listed
                else "Remove it from general_settings.public_routes, or block the path in front of LiteLLM.",
                where=order.file.where(*places, "general_settings.public_routes", "general_settings"),
            )
        )


def _master_key(order: Order, b: Bench, custom: Any) -> list[Finding]:
    """What is to be said of the key itself."""
    where = order.file.where("general_settings.master_key", "general_settings")
    fix = (
        "Set general_settings.master_key: os.environ/LITELLM_MASTER_KEY, and that variable to sk- and a long "
        "random word."
    )
    command = 'export LITELLM_MASTER_KEY="sk-$(openssl rand -hex 24)"'
    if b.copy.master_key is None:
        return [
            finding(
                "gateway_config_invalid",
                severity="warning" if custom else "error",
                problem=f"the gateway has no master key, and {PERMITS_NO_KEY} lets it start without: it answers "
                "everybody.",
                why="Whoever reaches the port spends the owner's money, and can read and change the configuration.",
                fix=fix,
                where=where,
                command=command,
            )
        ]
    written = order.file.setting("general_settings", "master_key")
    if written in _KNOWN_TO_ALL:
        return [
            finding(
                "secret_exposed",
                problem="the master key is the one of LiteLLM's own examples, which everybody knows.",
                why="It opens every route of the gateway; LiteLLM 1.106.2 refuses to start with it, earlier "
                "releases do not.",
                fix=fix,
                where=where,
                command=command,
            )
        ]
    if not written and "LITELLM_MASTER_KEY" in b.copy.environment and not os.environ.get("LITELLM_MASTER_KEY"):
        return [
            finding(
                "gateway_config_invalid",
                severity="warning",
                confidence="medium",
                problem="the file has no master key, so the gateway is protected only if LITELLM_MASTER_KEY is set "
                "where it runs.",
                why="Without a key LiteLLM 1.106.2 does not start, and earlier releases answer everybody.",
                fix=fix,
                where=where,
                command=command,
            )
        ]
    return []


async def _placements(order: Order, b: Bench, name: str, outcome: Outcome) -> None:
    """The right key in other places than Authorization: Claude Code may send two of them, a query must not count."""
    if b.copy.master_key is None:
        return
    key = b.copy.master_key
    ways = (
        _Try("Authorization: Bearer", {"authorization": f"Bearer {key}"}),
        _Try("x-api-key", {"x-api-key": key}),
        _Try("api-key", {"api-key": key}),
        _Try("Authorization without Bearer", {"authorization": key}),
        _Try("the query (?key=)", query=f"?key={key}"),
        _Try("the query (?api_key=)", query=f"?api_key={key}"),
    )
    header = order.file.setting("general_settings", "litellm_key_header_name")
    for way in ways:
        marker = new_marker()
        target = Route(b.client.base_url, timeout=20)
        headers = {"anthropic-version": "2023-06-01", "content-type": "application/json", **way.headers}
        body = message(name, marker, streamed=False)
        try:
            reply = await request(target, "POST", "/v1/messages" + way.query, headers=headers, json=body, deadline=20)
            status = reply.status
        except NetFailure:
            status = 0
        taken = status == 200
        in_query = bool(way.query)
        needed = way.title in ("Authorization: Bearer", "x-api-key") and not header
        verdict: Status = "fail" if needed and not taken else "warn" if in_query and taken else "pass"
        outcome.row(
            f"the right key in {way.title}",
            verdict,
            f"{status}; {'taken' if taken else 'not taken'}"
            + ("; URLs end up in access logs." if in_query and taken else "."),
            placement=way.title,
            status_seen=status,
            taken=taken,
        )


def _worst_first(check: Check) -> int:
    return ("fail", "warn", "skip", "pass", "todo").index(check.status)


DRILL = Drill(
    id="auth-bypass",
    title="auth bypass",
    question="What answers without a valid credential, and what of it costs money?",
    run=run,
)
