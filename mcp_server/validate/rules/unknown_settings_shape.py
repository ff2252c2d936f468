"""A settings key that Claude Code does not have.

What: keys such as anthropic.baseURL, baseUrl, apiKey or authToken; a variable name beside env instead of inside it;
    misspelt keys (permission, modle), also inside permissions, sandbox and other objects; keys of another place. The
    known keys come from the client's own schema, per version.
Why: unknown keys are ignored without a word. Base URL and credentials are environment variables, which the file sets
    in its env block.
Fix: put the variable into env, use apiKeyHelper for the key, write the key that is meant.

Bad:
    {
      "anthropic": {"baseURL": "https://gateway.example.com"}
    }

Good:
    {
      "env": {"ANTHROPIC_BASE_URL": "https://gateway.example.com"}
    }
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from mcp_server.answer import Severity
from mcp_server.catalogue.client_settings import key_versions, schemas
from mcp_server.document.document import Document
from mcp_server.document.edit import Change
from mcp_server.document.nodes import Entry, Mapping, join
from mcp_server.document.structure import move_entry
from mcp_server.document.writing import set_text
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.claude_settings import claude
from mcp_server.validate.problem import Problem
from mcp_server.validate.schemas.json_schema import unknown_keys
from mcp_server.validate.schemas.names import close_name, evident

ID = "unknown-settings-shape"
KINDS: tuple[Kind, ...] = ("claude-settings",)
SEVERITY: Severity = "error"

#: What people write (lower case, without separators) and what it should be.
INVENTED = {
    "anthropic": 'the env block: {"env": {"ANTHROPIC_BASE_URL": "...", ...}}',
    "anthropicbaseurl": "ANTHROPIC_BASE_URL in the env block",
    "anthropicapikey": "apiKeyHelper (a command that prints the key), or ANTHROPIC_API_KEY in the environment",
    "anthropicauthtoken": "apiKeyHelper (a command that prints the token), or ANTHROPIC_AUTH_TOKEN in the environment",
    "api": "ANTHROPIC_BASE_URL and the credential in the env block",
    "baseurl": "ANTHROPIC_BASE_URL in the env block",
    "apibaseurl": "ANTHROPIC_BASE_URL in the env block",
    "apiurl": "ANTHROPIC_BASE_URL in the env block",
    "apibase": "ANTHROPIC_BASE_URL in the env block",
    "endpoint": "ANTHROPIC_BASE_URL in the env block",
    "gateway": "ANTHROPIC_BASE_URL in the env block",
    "gatewayurl": "ANTHROPIC_BASE_URL in the env block",
    "apikey": "apiKeyHelper (a command that prints the key), or ANTHROPIC_API_KEY in the environment",
    "authtoken": "apiKeyHelper (a command that prints the token), or ANTHROPIC_AUTH_TOKEN in the environment",
    "token": "apiKeyHelper (a command that prints the token), or ANTHROPIC_AUTH_TOKEN in the environment",
    "customheaders": "ANTHROPIC_CUSTOM_HEADERS in the env block",
    "headers": "ANTHROPIC_CUSTOM_HEADERS in the env block",
    "proxy": "HTTPS_PROXY in the env block",
    "httpproxy": "HTTP_PROXY in the env block",
    "httpsproxy": "HTTPS_PROXY in the env block",
    "noproxy": "NO_PROXY in the env block",
    "provider": "CLAUDE_CODE_USE_BEDROCK or CLAUDE_CODE_USE_VERTEX in the env block",
    "smallfastmodel": "ANTHROPIC_DEFAULT_HAIKU_MODEL in the env block",
    "allow": "allow inside permissions",
    "deny": "deny inside permissions",
    "ask": "ask inside permissions",
    "allowedtools": "permissions.allow",
    "disallowedtools": "permissions.deny",
    "ignorepatterns": 'permissions.deny with rules such as "Read(./secrets/**)"',
    "permissionmode": "permissions.defaultMode",
    "bypasspermissions": "permissions.defaultMode",
    "dangerouslyskippermissions": "permissions.defaultMode",
    "mcpservers": ".mcp.json of the project, or: claude mcp add",
    "maxtokens": "CLAUDE_CODE_MAX_OUTPUT_TOKENS in the env block",
    "maxoutputtokens": "CLAUDE_CODE_MAX_OUTPUT_TOKENS in the env block",
    "timeout": "API_TIMEOUT_MS in the env block",
    "environment": "env",
    "environmentvariables": "env",
    "envs": "env",
    "vars": "env",
}
PREFIXES = ("ANTHROPIC_", "CLAUDE_CODE_", "AWS_", "HTTP_", "HTTPS_", "NO_PROXY", "NODE_", "VERTEX_", "CLOUD_ML_")
REAL = {"env", "apiKeyHelper"}
#: A wrong one of these leaves requests without their endpoint or credential; another costs a convenience.
_CONNECTION = re.compile(r"env block|apiKeyHelper|^env$")


def _change(document: Document, entry: Entry, target: str) -> Change | None:
    """A variable goes into the env block; a key that is only spelt otherwise is renamed."""
    if target.endswith("inside the env block"):
        root = claude(document).root
        return move_entry(document, root, entry, root, "env", safe=True)
    return set_text(document, entry.key, target, safe=evident(entry.name, target)) if target in REAL else None


def check(document: Document, context: Context) -> Iterator[Problem]:
    root = claude(document).root
    for entry in root:
        target = None if entry.name in key_versions() else _invented(entry.name)
        if target:
            yield Problem(
                f"Claude Code has no settings key {entry.name}",
                "it is ignored without a word, so the setting has no effect",
                f"use {target}",
                entry.key.mark,
                entry.name,
                severity=None if _CONNECTION.search(target) else "warning",
                change=_change(document, entry, target),
            )
    for parent, entry, known in unknown_keys(list(schemas().values()), root):
        if parent or (entry.name not in key_versions() and not _invented(entry.name)):
            yield _unknown(document, parent, entry, known)
    env = root.entry("env")
    if env is not None and not isinstance(env.value, Mapping):
        yield Problem(
            f"env is {env.value.kind}, and must be an object",
            "Claude Code ignores the whole file because of it",
            'write "env": {"NAME": "value"}',
            env.value.mark,
            "env",
        )


def _invented(name: str) -> str | None:
    plain = re.sub(r"[-_. ]", "", name).lower()
    if name.startswith(PREFIXES):
        return f"{name} inside the env block"
    return {"env": "env", "apikeyhelper": "apiKeyHelper"}.get(plain) or INVENTED.get(plain)


def _unknown(document: Document, parent: str, entry: Entry, known: tuple[str, ...]) -> Problem:
    name, path = entry.name, join(parent, entry.name)
    close = close_name(name, known, 0.8)
    place = None if close else _elsewhere(name, parent)
    near = bool(close or place)
    return Problem(
        f"Claude Code has no settings key {path}",
        "it is ignored without a word, so the setting has no effect",
        f"write {close}" if close else f"it belongs at {place}" if place else "delete it, or correct its name",
        entry.key.mark,
        path,
        severity="warning" if near else "info",
        confidence="high" if near else "medium",
        change=set_text(document, entry.key, close, safe=evident(name, close)) if close else None,
    )


@cache
def _places() -> dict[str, list[str]]:
    """Last part of a key -> the dotted paths at which the newest version reads it."""
    found: dict[str, list[str]] = {}
    stack = [("", next(iter(schemas().values())))]
    while stack:
        path, schema = stack.pop()
        for name, child in schema.get("properties", {}).items():
            found.setdefault(name, []).append(join(path, name))
            stack.append((join(path, name), child))
    return found


def _elsewhere(name: str, parent: str) -> str | None:
    """The one other place of this key; common words have many places, and no hint is better than a wrong one."""
    places = [p for p in _places().get(name, ()) if p != join(parent, name)]
    return places[0] if len(places) == 1 else None
