"""Which credential goes to the gateway: the configured one only to its own address, or the one a name points to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from mcp_server import redact
from mcp_server.effective.credentials import AWS_SIGNATURE
from mcp_server.effective.mode import filled, provider_mode, signed_in
from mcp_server.effective.target import HELPER, ClientTarget
from mcp_server.errors import UsageError, nearest
from mcp_server.hosts import is_loopback
from mcp_server.probe.context import Level
from mcp_server.probe.request.key_helper import run_helper
from mcp_server.snapshot import Snapshot

#: Variables whose value goes into ``x-api-key``; every other one into ``Authorization``.
_API_KEYS = ("ANTHROPIC_API_KEY", "ANTHROPIC_AWS_API_KEY", "ANTHROPIC_FOUNDRY_API_KEY")


@dataclass(frozen=True)
class SentCredential:
    """Headers to send and where they came from."""

    headers: Mapping[str, str] = field(repr=False, default_factory=dict)
    name: str = ""
    source: str = ""
    notes: tuple[str, ...] = ()
    signs: str = ""
    """``AWS`` or ``Google``: the client computes the credential for each request. Only at its own target."""


async def sent_credential(
    snapshot: Snapshot, target: ClientTarget, base_url: str | None, token_env: str | None, level: Level
) -> SentCredential:
    """The headers for this run. ``base_url`` and ``token_env`` are the caller's arguments.

    Raises:
        UsageError: ``token_env`` is no name of a set variable.
        HelperError: ``apiKeyHelper`` gave no key, or stands in a project file and was not run.
    """
    key = named_key(token_env, snapshot)
    custom = {name.lower(): value for name, value in target.custom_headers.headers if name.lower() != "anthropic-beta"}
    foreign = bool(base_url) and not _same_place(base_url or "", snapshot)
    if key is not None and token_env:
        header = "x-api-key" if token_env.strip() in _API_KEYS else "authorization"
        value = key if header == "x-api-key" else f"Bearer {key}"
        return SentCredential({**({} if foreign else custom), header: value}, token_env.strip(), "token_env")
    if foreign:
        used = ", ".join(c.name for c in target.credentials if c.headers)
        note = f"{used} was not sent: it belongs to another address. Name a variable with token_env to send its value."
        return SentCredential(notes=(note,) if used else ())
    helper = next((c for c in target.credentials if c.name == HELPER and c.headers), None)
    value_of_helper = await run_helper(helper, snapshot.shell) if helper is not None and level != "status" else None
    headers = {name.lower(): value for name, value in target.request_headers(value_of_helper).items()}
    sources = [c for c in target.credentials if c.headers]
    names = " and ".join(c.name for c in sources)
    computed = [c for c in sources if c.computed] if not base_url else []
    signs = "" if not computed else "AWS" if computed[0].name == AWS_SIGNATURE else "Google"
    return SentCredential(headers, names, ", ".join(dict.fromkeys(c.source for c in sources)), signs=signs)


def named_key(token_env: str | None, snapshot: Snapshot) -> str | None:
    """The value of the variable that ``token_env`` names; a value given instead of a name is never shown."""
    if not token_env:
        return None
    name = token_env.strip()
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,127}", name) or redact.redact(name) != name:
        raise UsageError(
            "token_env wants the NAME of an environment variable, and what was given is no name.",
            "Export the key under a name and give that, for example token_env=LITELLM_MASTER_KEY. If you passed the "
            "key itself, treat it as exposed and rotate it.",
        )
    setting = snapshot.variable(name)
    if setting is None or not setting.value.strip():
        hidden = " (Claude Code hides part of its environment from this process)" if snapshot.environment_hidden else ""
        close = nearest(name, tuple(snapshot.shell))
        raise UsageError(
            f"The variable {redact.quote(name, 60)} is not set{hidden}.",
            f"Export it before starting this program{f', or did you mean {close}?' if close else '.'}",
        )
    return setting.value.strip()


def configured_base(snapshot: Snapshot) -> str | None:
    """The base URL that the user configured for the client's provider mode, ``None`` when it is the built-in one."""
    login = signed_in(snapshot)
    if login is not None:
        return login.url
    mode, _ = provider_mode(snapshot)
    setting = filled(snapshot.variable(mode["base_url"]))
    return setting.value.strip() if setting is not None else None


def _same_place(base_url: str, snapshot: Snapshot) -> bool:
    """May the configured credential go to this address? To its own origin and to this machine, nowhere else."""
    host = (urlsplit(base_url).hostname or "").lower()
    if is_loopback(host):
        return True
    configured = configured_base(snapshot)
    if configured is None:
        return False
    try:
        own, other = urlsplit(configured), urlsplit(base_url)
        return (own.scheme, own.hostname, own.port) == (other.scheme, other.hostname, other.port)
    except ValueError:
        return False
