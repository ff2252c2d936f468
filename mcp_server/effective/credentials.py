"""Which credential sources are present, and which header each of them fills (pure; measured on both releases)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from mcp_server.catalogue.claude_code import version_numbers
from mcp_server.effective.mode import SIGN_IN, filled, is_on, signed_in
from mcp_server.snapshot import Scope, Setting, Snapshot

HELPER = "apiKeyHelper"
LOGIN = "saved claude.ai login"
AWS_SIGNATURE = "AWS signature"


@dataclass(frozen=True)
class Credential:
    """One credential source that is present. ``value`` is a secret (for a helper: empty; it must be run)."""

    name: str
    scope: Scope
    source: str
    headers: tuple[str, ...]
    """Header names this source fills; empty when a stronger source hides it."""
    value: str = field(default="", repr=False)
    command: str | None = field(default=None, repr=False)
    """Shell command of ``apiKeyHelper``; its output is the value."""
    computed: bool = False
    """The client computes the value for each request (a signature, a minted token)."""
    beats: tuple[str, ...] = ()


def skips_auth(snapshot: Snapshot, mode: dict[str, Any]) -> bool:
    """Is authentication to the provider switched off, so that a gateway does it?"""
    return "skip_auth" in mode and is_on(snapshot.variable(mode["skip_auth"]))


def credentials(snapshot: Snapshot, mode: dict[str, Any], version: str) -> list[Credential]:
    """The sources that are present, the strongest first; ``version`` is a measured release."""
    if mode["id"] == "gateway":
        return _company_gateway(snapshot)
    if mode["id"] != "anthropic":
        return _provider(snapshot, mode, version)
    # The bare mode knows no OAuth token and no login (measured).
    bare = is_on(snapshot.variable("CLAUDE_CODE_SIMPLE"))
    key = filled(snapshot.variable("ANTHROPIC_API_KEY"))
    found = _from(filled(snapshot.variable("ANTHROPIC_AUTH_TOKEN")), ["Authorization"], set())
    found += _from(key, ["x-api-key"], _taken(found))
    found += _helper(snapshot, ["Authorization", "x-api-key"], _taken(found))
    login = None if bare else filled(snapshot.variable("CLAUDE_CODE_OAUTH_TOKEN"))
    own_header = _custom_credential(snapshot)
    if login is not None:
        found += _from(login, [] if found else ["Authorization"], set())
    saved = snapshot.login
    if saved is not None and saved.inference and not bare:
        headers = () if found or own_header else ("Authorization",)
        found.append(Credential(LOGIN, "user", saved.source, headers, saved.token))
    return found


def _company_gateway(snapshot: Snapshot) -> list[Credential]:
    """The sign-in or, with the switch, the token alone; the others stay at home (measured on both releases)."""
    login, token = signed_in(snapshot), filled(snapshot.variable("ANTHROPIC_AUTH_TOKEN"))
    hidden = [*_from(filled(snapshot.variable("ANTHROPIC_API_KEY")), [], set()), *_helper(snapshot, [], set())]
    if login is None:
        return [*_from(token, ["Authorization"], set()), *hidden]
    own = Credential(SIGN_IN, "user", login.source, ("Authorization",), login.token)
    return [own, *_from(token, [], set()), *hidden]


def _provider(snapshot: Snapshot, mode: dict[str, Any], version: str) -> list[Credential]:
    skip = skips_auth(snapshot, mode)
    own: list[Credential] = []
    for name, headers in mode.get("credentials", {}).items():
        since = mode.get("since", {}).get(name)
        if (skip and mode.get("skip_hides_own")) or (since and version_numbers(version) < version_numbers(since)):
            continue
        own += _from(filled(snapshot.variable(name)), [] if own else headers, set())
    if skip and mode.get("skip_own_last"):
        general = _general(snapshot, mode, set())
        return [*general, *(replace(c, headers=() if _taken(general) else c.headers) for c in own)]
    if not own and not skip and "signs" in mode:
        own = [_signed(snapshot, mode["signs"])]
    alone = bool(own) and version in mode.get("alone", ())
    found = [*own, *_general(snapshot, {"token_headers": []} if alone else mode, _taken(own))]
    if skip and not _taken(found) and version in mode.get("skip_token", {}):
        place = f"built into Claude Code {version}"
        return [*found, Credential("placeholder", "default", place, ("Authorization",), mode["skip_token"][version])]
    keyless = alone or version in mode.get("keyless", ())
    if mode["id"] == "bedrock" and version != "2.1.197" and (not skip or "Authorization" not in _taken(found)):
        keyless = True  # 2.1.330 sends the key only beside a token of a gateway (measured)
    names = [] if keyless else mode.get("key_headers", [])
    return [*found, *_from(filled(snapshot.variable("ANTHROPIC_API_KEY")), names, _taken(found))]


def _general(snapshot: Snapshot, mode: dict[str, Any], taken: set[str]) -> list[Credential]:
    """The token and the helper, which count in every mode."""
    names = mode.get("token_headers", ["Authorization"])
    found = _from(filled(snapshot.variable("ANTHROPIC_AUTH_TOKEN")), names, taken)
    return [*found, *_helper(snapshot, names, taken | _taken(found))]


def _from(setting: Setting | None, headers: Iterable[str], taken: set[str]) -> list[Credential]:
    if setting is None:
        return []
    free = tuple(h for h in headers if h not in taken)
    return [Credential(setting.name, setting.scope, setting.source, free, setting.value, beats=setting.beats)]


def _helper(snapshot: Snapshot, headers: Iterable[str], taken: set[str]) -> list[Credential]:
    helper = filled(snapshot.key(HELPER))
    if helper is None:
        return []
    free = tuple(h for h in headers if h not in taken)
    return [Credential(HELPER, helper.scope, helper.source, free, command=helper.value, beats=helper.beats)]


def _signed(snapshot: Snapshot, who: str) -> Credential:
    if who == "Google":
        file = filled(snapshot.variable("GOOGLE_APPLICATION_CREDENTIALS"))
        place = (file.scope, f"GOOGLE_APPLICATION_CREDENTIALS ({file.source})") if file else ("default", "search order")
        return Credential("Google application default credentials", *place, ("Authorization",), computed=True)
    profile = filled(snapshot.variable("AWS_PROFILE"))
    # A profile that is named beats the keys of the environment (measured on both releases).
    key = profile or filled(snapshot.variable("AWS_ACCESS_KEY_ID"))
    session = filled(snapshot.variable("AWS_SESSION_TOKEN")) if profile is None else None
    headers = ("Authorization", "x-amz-date", "x-amz-content-sha256", *(("x-amz-security-token",) if session else ()))
    scope: Scope = key.scope if key else "default"
    return Credential(
        AWS_SIGNATURE, scope, f"{key.name} ({key.source})" if key else "AWS chain", headers, computed=True
    )


def _taken(found: Iterable[Credential]) -> set[str]:
    return {header for credential in found for header in credential.headers}


def _custom_credential(snapshot: Snapshot) -> bool:
    from mcp_server.effective.custom_headers import parse_custom_headers

    names = parse_custom_headers(snapshot.variable("ANTHROPIC_CUSTOM_HEADERS")).names
    return bool({n.lower() for n in names} & {"authorization", "x-api-key"})
