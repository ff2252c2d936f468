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
from mcp_server.snapshot import OFF_VALUES, Setting, Snapshot


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
    aws_mode = _on(snapshot, "CLAUDE_CODE_USE_BEDROCK") or provider == "aws"
    if aws_mode:
        yield from _aws_states(snapshot)


def _anthropic_states(snapshot: Snapshot, provider: str, now: float) -> Iterator[CredentialState]:
    base = snapshot.variable("ANTHROPIC_BASE_URL")
    cloud = any(_on(snapshot, f"CLAUDE_CODE_USE_{p}") for p in ("VERTEX", "BEDROCK", "FOUNDRY"))
    gateway = base is not None and base.value.strip() and "anthropic.com" not in base.value
    owner = "gateway" if gateway else "anthropic"
    relevant = provider in ("auto", owner) and not cloud
    for name in ("ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_API_KEY", "CLAUDE_CODE_OAUTH_TOKEN"):
        setting = snapshot.variable(name)
        if setting is None or not setting.value.strip():
            continue
        yield _shape_state(setting, owner, relevant, now)
    if helper := snapshot.key("apiKeyHelper"):
        yield CredentialState(
            owner, f"apiKeyHelper in {helper.source}", "helper", "a command prints the key", relevant=relevant
        )


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
            expires=when,
        )
    cause, detail = None, kind
    if bare.startswith("sk-ant-admin"):
        cause, detail = "auth_header_format_wrong", f"{kind}: an admin key cannot call models"
    elif bare.startswith("sk-ant-ort"):
        cause, detail = "auth_header_format_wrong", f"{kind}: a refresh token is not a credential for calls"
    elif bare.startswith("sk-ant-oat") and setting.name != "CLAUDE_CODE_OAUTH_TOKEN":
        cause, detail = "oauth_passthrough_blocked", f"{kind}: it belongs into CLAUDE_CODE_OAUTH_TOKEN"
    elif bare.startswith(("AIza", "ya29.", "AKIA", "ASIA")):
        cause, detail = "auth_header_format_wrong", f"{kind}: a cloud credential is no key for this address"
    elif owner == "anthropic" and not bare.startswith("sk-ant-"):
        cause, detail = "stale_env_credential", f"{kind}: not a key of Anthropic, and no base URL is set"
    return CredentialState(owner, source, kind.split(",")[0], detail, cause=cause, relevant=relevant)


def _aws_states(snapshot: Snapshot) -> Iterator[CredentialState]:
    found = False
    if _value(snapshot, "AWS_BEARER_TOKEN_BEDROCK"):
        found = True
        yield CredentialState("aws", "AWS_BEARER_TOKEN_BEDROCK", "Bedrock API key", "a Bedrock API key is set")
    key, secret = _value(snapshot, "AWS_ACCESS_KEY_ID"), _value(snapshot, "AWS_SECRET_ACCESS_KEY")
    if key or secret:
        found = True
        cause, detail = None, "an access key pair is set"
        if not (key and secret):
            missing = "AWS_SECRET_ACCESS_KEY" if key else "AWS_ACCESS_KEY_ID"
            cause, detail = "aws_credentials_missing", f"half of the access key pair is set; {missing} is missing"
        elif key.startswith("ASIA") and not _value(snapshot, "AWS_SESSION_TOKEN"):
            cause, detail = "aws_credentials_wrong", "a temporary key (ASIA…) is set without AWS_SESSION_TOKEN"
        yield CredentialState("aws", "AWS_ACCESS_KEY_ID", "access key", detail, cause=cause)
    for name in ("AWS_PROFILE", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_FULL_URI"):
        if _value(snapshot, name):
            found = True
            yield CredentialState("aws", name, "provider chain", f"{name} is set; its state needs a call")
    if not _value(snapshot, "AWS_REGION") and not snapshot.environment_hidden:
        yield CredentialState(
            "aws",
            "AWS_REGION",
            "region",
            "AWS_REGION is not set; Claude Code does not read the region from ~/.aws/config",
            cause="bedrock_model_id_invalid",
            cure="region",
        )
    if not found and not snapshot.environment_hidden:
        yield CredentialState(
            "aws",
            "environment",
            "none",
            "no AWS credential variable is set; only ~/.aws and instance roles are left",
            cause="aws_credentials_missing",
        )


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
