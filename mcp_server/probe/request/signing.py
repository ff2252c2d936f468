"""The credential that the client computes for each request: a signature by AWS keys, or a fresh Google token."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mcp_server.effective.mode import provider_mode, region_of
from mcp_server.errors import GatewayError
from mcp_server.net.http import Sign
from mcp_server.snapshot import Snapshot

if TYPE_CHECKING:
    from mcp_server.net.machine_role import RoleKeys

#: A profile may run a program or ask for a token.
AWS_SECONDS = 8.0


class SigningError(GatewayError):
    """The credential cannot be computed. ``cause`` is an id of ``causes.yaml``; empty where this check cannot know."""

    def __init__(self, cause: str, problem: str, fix: str) -> None:
        self.cause = cause
        super().__init__(problem, fix)


@dataclass(frozen=True)
class Signature:
    """A lasting header, or what signs each request."""

    headers: dict[str, str] = field(default_factory=dict, repr=False)
    sign: Sign | None = None


async def own_signature(snapshot: Snapshot, who: str) -> Signature:
    """What ``who`` (``AWS`` or ``Google``) computes with this machine's credentials; for the client's own target only.

    Raises:
        SigningError: there are no usable credentials, or the library that signs is not installed.
    """
    return await (_aws(snapshot) if who == "AWS" else _google(snapshot))


async def _aws(snapshot: Snapshot) -> Signature:
    """Keys of variables and files first; then, as the client does, the role that an endpoint hands out."""
    from mcp_server.net.aws_signing import AwsCredentialError
    from mcp_server.net.machine_role import RoleError, aws_role_keys

    try:
        return await _aws_signature(snapshot)
    except AwsCredentialError as failure:
        if failure.cause not in ("", "aws_credentials_missing"):
            raise SigningError(failure.cause, failure.problem, failure.fix) from None
        first = failure
    try:
        role = await aws_role_keys(snapshot)
        if role is not None:
            return await _aws_signature(snapshot, role)
    except RoleError as failure:
        cause = "" if failure.undecided else "aws_credentials_missing"
        raise SigningError(cause, failure.problem, failure.fix) from None
    except AwsCredentialError as failure:
        first = failure
    raise SigningError(first.cause, first.problem, first.fix)


async def _aws_signature(snapshot: Snapshot, role: RoleKeys | None = None) -> Signature:
    from mcp_server.net.aws_signing import aws_signer

    mode, _ = provider_mode(snapshot)
    region, service = region_of(snapshot, mode), mode["sigv4_service"]
    try:
        loaded = asyncio.to_thread(aws_signer, snapshot, region, service, role)
        return Signature(sign=await asyncio.wait_for(loaded, AWS_SECONDS))
    except asyncio.TimeoutError:
        raise SigningError(
            "aws_credentials_wrong",
            f"the AWS credentials of this machine are not there after {AWS_SECONDS:.0f} s (a profile's command or "
            "sign-in hangs)",
            "Run aws sts get-caller-identity and see what it waits for.",
        ) from None


async def _google(snapshot: Snapshot) -> Signature:
    """A token of a credential file first; then, as the client does, of the metadata server that a variable names."""
    from mcp_server.net.google_credentials import GoogleCredentialError, access_token
    from mcp_server.net.google_files import credential_file
    from mcp_server.net.machine_role import RoleError, google_role_token

    try:
        token = await google_role_token(snapshot) if credential_file(snapshot) is None else None
        return Signature(headers={"authorization": f"Bearer {token or await access_token(snapshot)}"})
    except RoleError as failure:
        raise SigningError("" if failure.undecided else "gcp_adc_missing", failure.problem, failure.fix) from None
    except GoogleCredentialError as failure:
        raise SigningError(failure.cause, failure.problem, failure.fix) from None
