"""The pure parts of a rotation: the new key's limits, its place in files, and the plan where a person must act."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from mcp_server.answer import Answer, Check
from mcp_server.errors import GatewayError, UsageError
from mcp_server.redact import quote

#: Shorter ones could stand in a file by chance.
MIN_KEY = 16
#: Limits and rights of a LiteLLM key that the new one gets as well (GenerateKeyRequest of LiteLLM 1.106.2).
KEPT = (
    *("models", "max_budget", "budget_duration", "soft_budget", "budget_id", "tpm_limit", "rpm_limit", "tpd_limit"),
    *("max_parallel_requests", "model_max_budget", "user_id", "team_id", "organization_id", "project_id", "agent_id"),
    *("metadata", "aliases", "config", "permissions", "allowed_routes", "allowed_cache_controls", "access_group_ids"),
    *("budget_limits", "budget_fallbacks", "router_settings", "policies"),
)
_DURATION = re.compile(r"[1-9]\d{0,4}[smhd]")


def new_key_request(info: Mapping[str, Any], today: datetime) -> dict[str, Any]:
    """The body for ``/key/generate``: everything that limits the old key, what it has spent, and an alias of its own.

    Raises:
        GatewayError: the old key has expired.
    """
    body = {name: info[name] for name in KEPT if info.get(name) not in (None, [], {}, "")}
    if info.get("spend"):
        body["spend"] = info["spend"]  # at zero, a rotation would give the whole budget again
    rights = info.get("object_permission")
    if isinstance(rights, dict):
        kept = {name: value for name, value in rights.items() if value and name != "object_permission_id"}
        body.update({"object_permission": kept} if kept else {})
    if info.get("auto_rotate"):
        body |= {name: info[name] for name in ("auto_rotate", "rotation_interval") if info.get(name)}
    alias = str(info.get("key_alias") or "")
    stem = re.sub(r"-\d{8}T\d{6}$", "", alias)
    if stem:
        body["key_alias"] = f"{stem}-{today:%Y%m%dT%H%M%S}"  # an alias may be given once only
    expires = info.get("expires")
    if isinstance(expires, str) and expires:
        end = datetime.fromisoformat(expires.replace("Z", "+00:00"))
        end = end if end.tzinfo else end.replace(tzinfo=timezone.utc)
        left = int((end - today).total_seconds())
        if left <= 0:
            raise GatewayError("the old key has expired.", "Ask for a new one; there is nothing to rotate.")
        body["duration"] = f"{left}s"
    return body


def duration(text: str) -> str:
    """``--keep-old`` as LiteLLM reads it. Raises UsageError for anything else."""
    if not _DURATION.fullmatch(text):
        raise UsageError(f"--keep-old {quote(text, 40)!r} is no duration.", "Write it as 30m, 24h or 7d.")
    return text


def swapped(before: bytes | None, old: str, new: str, name: str) -> bytes:
    """The file with the new key in every place of the old one; no other byte moves.

    Raises:
        GatewayError: the old key does not stand there.
    """
    if len(old) < MIN_KEY:
        raise GatewayError("the old key is too short to be told from other text.", "Replace it by hand.")
    if before is None or old.encode() not in before:
        raise GatewayError(
            f"{quote(name, 200)} does not hold the old key; nothing was changed.",
            "Name the file that holds it with --file, or the variable with --variable.",
        )
    return before.replace(old.encode(), new.encode())


def plan(variable: str, base_url: str) -> Answer:
    """The rotation as steps for a person, for gateways whose keys can only be made in their own console."""
    new = f"{variable}_NEW"
    probe = f"llm-gateway test-model --level health --base-url {base_url or 'URL'} --token-env"
    return Answer(
        verdict="unknown",
        quick_answer=(
            f"A plan, nothing was changed: this gateway's keys cannot be made from here. {variable} stays "
            "valid until the last step."
        ),
        verification=[
            _step("New key", "Make a second key with the same rights in the gateway's console; leave the old one.",
                  f"read -rs {new} && export {new}", f'test -n "${new}" succeeds', "paste it again"),
            _step("The new key works", "Costs nothing.", f"{probe} {new}", "models listed",
                  "the new key lacks a right: compare it with the old one; nothing was changed yet"),
            _step("The old key still works", "Both must be valid now.", f"{probe} {variable}", "models listed",
                  "some gateways end the old key when a new one is made: go on at once"),
            _step("Swap", f"Put the new value where {variable} comes from: a secret manager, or the file that sets it.",
                  f'export {variable}="${new}"', "a new shell has the new value", "start again from the first step"),
            _step("The swapped key works", "In a new shell.", f"{probe} {variable}", "models listed",
                  "put the old value back: it is still valid"),
            _step("Old key out", "Delete it in the gateway's console once every machine has the new one.", None,
                  "requests with the old key are refused", "its users still send it: the gateway's log names them"),
        ],
        context=["Security: no key is given on a command line here, none is shown, and none was read."],
    )  # fmt: skip


def _step(title: str, detail: str, command: str | None, expect: str, if_not: str) -> Check:
    return Check(title=title, status="todo", detail=detail, command=command, expect=expect, if_not=if_not)
