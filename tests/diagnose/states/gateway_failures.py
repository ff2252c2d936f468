"""Failure states of gateway keys: the real LiteLLM decides and words them, Claude Code's own prefix stands before."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any

from mcp_server.run.litellm import OFFLINE
from mcp_server.run.programs import litellm_python

from .state_machine import Machine, State

DRIVER = Path(__file__).parent / "litellm_refusals.py"
KEY = "sk-" + "virtual-key-of-the-laboratory"
SECONDS = 120


@cache
def refusals() -> dict[str, dict[str, Any]]:
    """State → status and body, from one run of LiteLLM."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [str(litellm_python()), "-I", str(DRIVER), folder],
            env={"PATH": os.environ["PATH"], "HOME": folder, **OFFLINE},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=True,
        )
    line = next(line for line in done.stdout.splitlines() if line.startswith("STATES "))
    found: dict[str, dict[str, Any]] = json.loads(line.removeprefix("STATES "))
    return found


def said(state: str, machine: Machine, *, token: str | None = KEY, **variables: str) -> str:
    machine.variables |= {"ANTHROPIC_BASE_URL": "http://gateway.test:4000", **variables}
    if token:
        machine.variables["ANTHROPIC_AUTH_TOKEN"] = token
    reply = refusals()[state]
    body = reply["body"] or "Internal Server Error"
    return f"API Error: {reply['status']} {body}"


def state(
    id_: str, causes: tuple[str, ...], names: tuple[str, ...], make: Callable[..., str] | None = None, **more: Any
) -> State:
    return State(id_, partial(make or said, id_, **more), causes, names)


STATES = (
    state("missing", ("gateway_key_missing",), ("ANTHROPIC_AUTH_TOKEN",), token=None),
    state("unknown", ("litellm_key_not_found",), ("ANTHROPIC_AUTH_TOKEN", "/key/info|/key/generate")),
    state("malformed", ("litellm_key_format_invalid",), ("sk-",), token="my-gateway-password"),
    state("anthropic-key", ("litellm_key_not_found",), ("ANTHROPIC_AUTH_TOKEN",)),
    state("expired", ("litellm_key_expired",), ("/key/generate|new key|duration",)),
    state("blocked", ("gateway_forbidden", "gateway_key_rejected"), ("/key/unblock",)),
    state("team-blocked", ("gateway_forbidden", "gateway_key_rejected"), ("/team/unblock",)),
    state("key-budget", ("gateway_budget_exceeded",), ("/key/info",)),
    state("user-budget", ("gateway_budget_exceeded",), ("user",)),
    state("team-budget", ("gateway_budget_exceeded",), ("team",)),
    state("model-not-of-key", ("gateway_model_access_denied",), ("claude-sonnet-4-5", "/v1/models")),
    state("model-not-of-team", ("gateway_model_access_denied",), ("claude-sonnet-4-5", "team")),
    state("rpm", ("gateway_rate_limit",), ("rpm",)),
    state("tpm", ("gateway_rate_limit",), ("tpm",)),
    state("route", ("gateway_forbidden",), ("allowed_routes", "/v1/messages")),
    state("admin-route", ("gateway_forbidden",), ("master key|admin",)),
    state(
        "virtual-key-without-database",
        ("litellm_db_unavailable", "litellm_key_not_found"),
        ("DATABASE_URL|master key",),
    ),
    state("model-unknown", ("gateway_model_not_mapped",), ("claude-unknown", "/v1/models")),
    state("database-lost", ("litellm_db_unavailable", "gateway_error"), ("database|log",)),
)
