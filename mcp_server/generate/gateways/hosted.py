"""Gateways that somebody else runs, from the catalogue: Claude Code's side, exactly as far as it is known."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mcp_server.answer import Answer, Check, Finding, verdict_of
from mcp_server.catalogue.load import read_yaml
from mcp_server.errors import UsageError
from mcp_server.generate import client
from mcp_server.generate.client import ClientSide
from mcp_server.generate.gateway_url import bare_url, url_findings
from mcp_server.generate.names import name_variables, only_claude
from mcp_server.generate.proof import proving_checks
from mcp_server.redact import quote

if TYPE_CHECKING:
    from mcp_server.generate.asked import Asked

_DEFAULT_TTL_MS = 300_000
#: Arguments that would have to change the gateway itself.
_DECIDED_THERE = ("routing", "fallbacks", "deployment", "vertex_project", "vertex_region", "aws_region")


@dataclass(frozen=True)
class Hosted:
    """One entry of ``catalogue/gateways.yaml`` as a set-up."""

    entry: Mapping[str, Any]

    @property
    def ID(self) -> str:  # noqa: N802 - as a module of this room has it
        return str(self.entry["id"])

    @property
    def SPELLINGS(self) -> tuple[str, ...]:  # noqa: N802
        return tuple(self.entry["spellings"])

    def answer(self, asked: Asked, /) -> Answer:
        """Claude Code's settings for the gateway.

        Raises:
            UsageError: the address or the model names are missing, or an argument has no meaning here.
        """
        return _answer(self.entry, asked)


def set_ups() -> tuple[Hosted, ...]:
    """All gateways of the catalogue."""
    return tuple(Hosted(entry) for entry in read_yaml("gateways.yaml")["gateways"])


def _answer(entry: Mapping[str, Any], asked: Asked) -> Answer:
    request = asked.request
    _refuse(entry, asked)
    base_url, removed = _base_url(entry, request.gateway_url)
    names = asked.models
    side = ClientSide(
        request=request,
        base_url=base_url,
        variables={
            "ANTHROPIC_BASE_URL": base_url,
            **name_variables(names),
            **entry.get("variables", {}),
            **_open_headers(entry),
            **_helper_ttl(entry, request.auth),
            **({} if only_claude(names) else {"ENABLE_TOOL_SEARCH": "false"}),
        },
        auth="helper" if request.auth == "helper" else "token",
        key_variable=request.token_env or entry["key"]["name"],
        credential=entry["key"]["variable"],
        secret_variables=_secret_headers(entry),
    )
    findings: list[Finding] = url_findings(base_url, removed)
    if entry["key"]["name"] != "ANTHROPIC_API_KEY":  # Anthropic's own key is no secret to Anthropic
        findings += client.findings(side)
    return Answer(
        verdict=verdict_of(findings, proven=False),
        quick_answer=(
            f"Written, not yet proven: Claude Code's settings for {entry['title']} at {base_url}. "
            "Prove it before relying on it: test_model at level claude-code (command under Verification)."
        ),
        config=client.files(side),
        verification=_checks(side),
        context=_notes(entry, asked),
        findings=findings,
    )


def _refuse(entry: Mapping[str, Any], asked: Asked) -> None:
    title = entry["title"]
    unused = [name for name in _DECIDED_THERE if getattr(asked.request, name)]
    if unused:
        raise UsageError(
            f"{', '.join(unused)} is decided inside {title}, not in Claude Code's settings.",
            f"Leave it out here and set it in {title}.",
        )
    if asked.request.auth == "oauth":
        raise UsageError(f"auth 'oauth' is not known to work with {title}.", "Choose token, api-key or helper.")
    if entry.get("needs_models") and not asked.models:
        example = entry.get("example_model", "the names it lists")
        raise UsageError(
            f"{title} has model names of its own, and Claude Code must ask for one of them.",
            f'Name them, the main one first: models ["{example}", …].',
        )


def _base_url(entry: Mapping[str, Any], given: str) -> tuple[str, str]:
    form = str(entry["base_url"])
    if given:
        bare, removed = bare_url(given)
        if "{gateway_url}" not in form:
            return bare, removed
        tail = form.removeprefix("{gateway_url}")
        return (bare if tail and bare.endswith(tail) else bare + tail), removed
    if re.search(r"\{\w+\}", form):
        raise UsageError(
            f"the address of your {entry['title']} is not known.", f"Give gateway_url, for example {entry['example']}."
        )
    return form, ""


def _open_headers(entry: Mapping[str, Any]) -> dict[str, str]:
    """Headers that hold no secret stand in the settings file."""
    text = "\n".join(entry.get("headers", []))
    return {"ANTHROPIC_CUSTOM_HEADERS": text} if text and "$" not in text else {}


def _secret_headers(entry: Mapping[str, Any]) -> dict[str, str]:
    text = "\n".join(entry.get("headers", []))
    return {"ANTHROPIC_CUSTOM_HEADERS": text} if "$" in text else {}


def _helper_ttl(entry: Mapping[str, Any], auth: str) -> dict[str, str]:
    if auth != "helper":
        return {}
    return {"CLAUDE_CODE_API_KEY_HELPER_TTL_MS": str(entry.get("helper_ttl_ms", _DEFAULT_TTL_MS))}


def _checks(side: ClientSide) -> list[Check]:
    url = shlex.quote(side.base_url)
    key = side.key_variable or ""
    return proving_checks(f"--base-url {url} --token-env {key}")


def _notes(entry: Mapping[str, Any], asked: Asked) -> list[str]:
    title, key, names = entry["title"], entry["key"], asked.models
    notes = [] if only_claude(names) else [NOT_SUPPORTED]
    notes += [
        f"{title} is run by a third party; Anthropic neither runs nor supports it. It sees your code and prompts: ask "
        "for its retention, logging and region, and for its SOC 2 or HIPAA papers where you need them.",
        f"Security: no file here holds a credential. The key comes from {key['from']}; give each person a key of "
        "their own, and prefer a helper where keys expire.",
        *entry.get("notes", []),
    ]
    if _secret_headers(entry):
        named = ", ".join(sorted(set(re.findall(r"\$([A-Z_]+)", "\n".join(entry["headers"])))))
        notes.append(
            f"The further headers carry {named}, so they stand in the exports only: a settings file expands no "
            "variable. Written out there, a header is as secret as the key."
        )
    if asked.request.providers:
        named = ", ".join(quote(name, 40) for name in asked.request.providers)
        notes.append(f"Nothing here chooses {named}: which provider answers is decided inside {title}.")
    if entry["names"] == "anthropic" and not names:
        notes.append("No model is named: Claude Code asks for its own ids, which this gateway passes on.")
    notes.append(f"The gateway cannot be run here; its side is as described by {entry['source']}, checked 2026-11-22.")
    return notes


NOT_SUPPORTED = "Routing Claude Code to non-Claude models is not supported by Anthropic, through any gateway."
