"""What is known about credentials, as plain data: kind, source, defect, expiry; never a value.

Google's state is read by ``net/google_credentials.py`` (files, token mint); AWS, Anthropic and gateway states come
from names and shapes in the snapshot and are derived here.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone

from mcp_server import redact
from mcp_server.effective.mode import SIGN_IN, signed_in
from mcp_server.snapshot import OFF_VALUES, GatewayLogin, Setting, Snapshot

#: Switches of the modes in which Claude Code signs with AWS credentials.
AWS_SWITCHES = ("CLAUDE_CODE_USE_BEDROCK", "CLAUDE_CODE_USE_MANTLE", "CLAUDE_CODE_USE_ANTHROPIC_AWS")


@dataclass(frozen=True)
class CredentialState:
    """One credential source. ``cause`` is set when it has a defect, ``verified`` when a live call decided."""

    provider: str
    """google, aws, anthropic or gateway."""
    source: str
    """Variable name, file path or "metadata server"."""
    kind: str
    detail: str
    """One sentence for people; no value, at most a kind, a length and the last four characters."""
    cause: str | None = None
    cure: str | None = None
    relevant: bool = True
    """The effective configuration uses this provider (or the user named it)."""
    verified: bool = False
    rules_out: tuple[str, ...] = ()
    """Causes that a verified good state contradicts."""
    project: str | None = None
    project_source: str | None = None
    expires: str | None = None
    """ISO time (UTC), when it could be read."""
    profile: str | None = None
    """AWS profile that needs the cure."""
    certain: bool = False
    """Files and shapes alone prove the defect: no call could succeed with this source."""


@dataclass(frozen=True)
class CredentialFacts:
    """All states, in the order in which the client would use them."""

    states: tuple[CredentialState, ...] = ()

    def of(self, provider: str) -> tuple[CredentialState, ...]:
        """The states of one provider."""
        return tuple(s for s in self.states if s.provider == provider)


def offline_states(snapshot: Snapshot, provider: str = "auto", *, now: float) -> Iterator[CredentialState]:
    """AWS, Anthropic and gateway credentials as names and shapes show them. ``now`` is a Unix time."""
    yield from _anthropic_states(snapshot, provider, now)
    if provider == "aws" or any(_on(snapshot, name) for name in AWS_SWITCHES):
        from mcp_server.diagnose.aws import aws_states

        yield from aws_states(snapshot, now)


def _anthropic_states(snapshot: Snapshot, provider: str, now: float) -> Iterator[CredentialState]:
    base = snapshot.variable("ANTHROPIC_BASE_URL")
    cloud = any(_on(snapshot, f"CLAUDE_CODE_USE_{p}") for p in ("VERTEX", "BEDROCK", "FOUNDRY"))
    gateway = base is not None and base.value.strip() and "anthropic.com" not in base.value
    owner = "gateway" if gateway else "anthropic"
    relevant = provider in ("auto", owner) and not cloud
    login = signed_in(snapshot)
    if login is not None:
        # It beats all the others.
        yield _sign_in_state(login, provider in ("auto", "gateway"))
        relevant = False
    for name in ("ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_API_KEY", "CLAUDE_CODE_OAUTH_TOKEN"):
        setting = snapshot.variable(name)
        if setting is None or not setting.value.strip():
            continue
        yield _shape_state(setting, owner, relevant, now)
    if helper := snapshot.key("apiKeyHelper"):
        yield CredentialState(
            owner, f"apiKeyHelper in {helper.source}", "helper", "a command prints the key", relevant=relevant
        )


def _sign_in_state(login: GatewayLogin, relevant: bool) -> CredentialState:
    """Named as in ``effective``, so that a live check finds it."""
    end = jwt_expiry(login.token)
    when = datetime.fromtimestamp(end, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ") if end is not None else None
    renewed = " and is renewed at the next start of Claude Code" if login.ended else ""
    until = f" that {'ended on' if login.ended else 'is valid until'} {when}" if when else ""
    detail = f"a sign-in to {redact.url(login.url)}{until}{renewed}"
    place = redact.quote(login.source, 200)
    return CredentialState("gateway", f"{SIGN_IN} ({place})", "sign-in", detail, relevant=relevant, expires=when)


def _shape_state(setting: Setting, owner: str, relevant: bool, now: float) -> CredentialState:
    value = setting.value.strip()
    source = f"{setting.name} ({setting.source})"
    kind = redact.hint(value)
    bare = value[7:].strip() if value.lower().startswith("bearer ") else value
    expiry = jwt_expiry(bare)
    if expiry is not None:
        when = datetime.fromtimestamp(expiry, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        late = expiry < now
        return CredentialState(
            owner,
            source,
            "JWT",
            f"a JWT that {'expired' if late else 'is valid until'} {'on ' if late else ''}{when}",
            cause="gateway_key_rejected" if late else None,
            cure="token_expired" if late else None,
            relevant=relevant,
            certain=late,
            expires=when,
        )
    cause, detail, certain = None, kind, True
    if bare.startswith("sk-ant-admin"):
        cause, detail = "auth_header_format_wrong", f"{kind}: an admin key cannot call models"
    elif bare.startswith("sk-ant-ort"):
        cause, detail = "auth_header_format_wrong", f"{kind}: a refresh token is not a credential for calls"
    elif bare.startswith("sk-ant-oat") and setting.name != "CLAUDE_CODE_OAUTH_TOKEN":
        cause, detail = "oauth_passthrough_blocked", f"{kind}: it belongs into CLAUDE_CODE_OAUTH_TOKEN"
    elif bare.startswith(("AIza", "ya29.", "AKIA", "ASIA")):
        cause, detail = "auth_header_format_wrong", f"{kind}: a cloud credential is no key for this address"
    elif owner == "anthropic" and not bare.startswith("sk-ant-"):
        cause, detail, certain = (
            "stale_env_credential",
            f"{kind}: not a key of Anthropic, and no base URL is set",
            False,
        )
    certain = certain and cause is not None
    return CredentialState(owner, source, kind.split(",")[0], detail, cause=cause, relevant=relevant, certain=certain)


def jwt_expiry(token: str) -> float | None:
    """``exp`` of a JWT as Unix time, read without verifying; ``None`` for anything else."""
    parts = token.split(".")
    if len(parts) < 2 or not token.startswith("eyJ") or len(token) > 20_000:
        return None
    try:
        body = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, binascii.Error):
        return None
    exp = body.get("exp") if isinstance(body, dict) else None
    # The upper bound is the year 9999: datetime cannot show more.
    return float(exp) if isinstance(exp, int | float) and 0 < exp < 253_402_300_800 else None


def _value(snapshot: Snapshot, name: str) -> str:
    setting = snapshot.variable(name)
    return setting.value.strip() if setting is not None else ""


def _on(snapshot: Snapshot, name: str) -> bool:
    return _value(snapshot, name).lower() not in OFF_VALUES
