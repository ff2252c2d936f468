"""The credential that the client computes for each request: a signature by AWS keys, or a fresh Google token."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from mcp_server.effective.mode import provider_mode, region_of
from mcp_server.errors import GatewayError
from mcp_server.net.http import Sign
from mcp_server.snapshot import Snapshot

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
    from mcp_server.net.aws_signing import AwsCredentialError, aws_signer

    mode, _ = provider_mode(snapshot)
    region, service = region_of(snapshot, mode), mode["sigv4_service"]
    try:
        loaded = asyncio.to_thread(aws_signer, snapshot, region, service)
        return Signature(sign=await asyncio.wait_for(loaded, AWS_SECONDS))
    except AwsCredentialError as failure:
        raise SigningError(failure.cause, failure.problem, failure.fix) from None
    except asyncio.TimeoutError:
        raise SigningError(
            "aws_credentials_wrong",
            f"the AWS credentials of this machine are not there after {AWS_SECONDS:.0f} s (a profile's command or "
            "sign-in hangs)",
            "Run aws sts get-caller-identity and see what it waits for.",
        ) from None


async def _google(snapshot: Snapshot) -> Signature:
    from mcp_server.net.google_credentials import GoogleCredentialError, access_token

    try:
        return Signature(headers={"authorization": f"Bearer {await access_token(snapshot)}"})
    except GoogleCredentialError as failure:
        raise SigningError(failure.cause, failure.problem, failure.fix) from None
