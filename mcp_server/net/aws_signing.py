"""Signs requests with this machine's AWS credentials (Signature Version 4), as Claude Code's own client does.

The only file that imports botocore, which the extra ``aws`` brings. Keys stay in here: what leaves is the signature.
"""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mcp_server.errors import GatewayError
from mcp_server.net.http import Sign
from mcp_server.net.machine_role import RoleKeys
from mcp_server.snapshot import Snapshot

INSTALL = "Install it beside this program: pip install 'llm-gateway-assistant[aws]'"
#: What a proxy may change on the way; the client leaves these out of its signature too (measured).
_UNSIGNED = ("accept-encoding", "connection", "user-agent")
#: Asked over link-local addresses, which this check never does by itself.
_MACHINE_ROLES = ("container-role", "iam-role")
_CONTAINER = ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI")
_VENDOR = Path("/sys/class/dmi/id/sys_vendor")


class AwsCredentialError(GatewayError):
    """No signature can be made. ``cause`` is an id of ``causes.yaml``, or empty where this check cannot know."""

    def __init__(self, cause: str, problem: str, fix: str) -> None:
        self.cause = cause
        super().__init__(problem, fix)


def aws_signer(snapshot: Snapshot, region: str, service: str, role: RoleKeys | None = None) -> Sign:
    """A signer for ``service`` in ``region``. Blocks: a profile may start a program or ask for a token.

    ``role``: keys of the machine's role, which count instead of everything else.

    Raises:
        AwsCredentialError: botocore is not installed, or no credentials are found without asking the metadata server.
    """
    try:
        from botocore.auth import SigV4Auth
        from botocore.awsrequest import AWSRequest
        from botocore.credentials import Credentials
    except ImportError:
        raise AwsCredentialError(
            "", "signing a request for AWS needs botocore, which is not installed", INSTALL
        ) from None
    credentials = _credentials(snapshot) if role is None else Credentials(role.key, role.secret, role.token or None)

    def sign(method: str, url: str, headers: Mapping[str, str], content: bytes) -> Mapping[str, str]:
        signed = {name: value for name, value in headers.items() if name.lower() not in _UNSIGNED}
        signed["x-amz-content-sha256"] = hashlib.sha256(content).hexdigest()
        request = AWSRequest(method=method, url=url, data=content, headers=signed)
        SigV4Auth(credentials, service, region).add_auth(request)
        return {**headers, **{name.lower(): value for name, value in request.headers.items()}}

    return sign


def _credentials(snapshot: Snapshot) -> Any:
    from botocore.credentials import Credentials
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.session import Session

    def value(name: str) -> str:
        setting = snapshot.variable(name)
        return setting.value.strip() if setting is not None else ""

    key, secret = value("AWS_ACCESS_KEY_ID"), value("AWS_SECRET_ACCESS_KEY")
    if key and secret:
        return Credentials(key, secret, value("AWS_SESSION_TOKEN") or None)
    # Debug lines of the library hold parts of requests.
    logging.getLogger("botocore").setLevel(logging.CRITICAL)
    session = Session(profile=value("AWS_PROFILE") or None)
    places = {"config_file": "AWS_CONFIG_FILE", "credentials_file": "AWS_SHARED_CREDENTIALS_FILE"}
    for name, variable in places.items():
        default = Path(snapshot.home) / ".aws" / ("config" if name == "config_file" else "credentials")
        session.set_config_variable(name, value(variable) or str(default))
    try:
        chain = session.get_component("credential_provider")
        for role in _MACHINE_ROLES:
            chain.remove(role)
        found = chain.load_credentials()
        if found is not None:
            return found.get_frozen_credentials()
    except (BotoCoreError, ClientError) as failure:
        raise _unusable(failure) from None
    if any(value(name) for name in _CONTAINER) or _on_amazon():
        raise AwsCredentialError(
            "",
            "this machine may have an AWS role of its own, which Claude Code asks the metadata server for and this "
            "check does not",
            'Export temporary keys of that role first: eval "$(aws configure export-credentials --format env)".',
        )
    raise AwsCredentialError(
        "aws_credentials_missing",
        "no AWS credentials are found (environment, shared files, single sign-on), so Claude Code can sign no request",
        "Sign in (aws sso login) or set AWS_PROFILE or keys. If a gateway signs instead, set the skip-auth variable of "
        "this mode and ANTHROPIC_AUTH_TOKEN.",
    )


def _unusable(failure: Exception) -> AwsCredentialError:
    """One sentence per kind; the library's own words may quote a file."""
    name = type(failure).__name__
    if "Expired" in name or "SSO" in name or "UnauthorizedSSOToken" in name or "Login" in name:
        return AwsCredentialError(
            "aws_credentials_expired", "the AWS sign-in of this profile has expired", "Sign in again: aws sso login."
        )
    if name == "ProfileNotFound":
        return AwsCredentialError(
            "aws_credentials_missing", "AWS_PROFILE names a profile that stands in no AWS file", "Correct AWS_PROFILE."
        )
    return AwsCredentialError(
        "aws_credentials_wrong",
        f"the AWS credentials of this machine cannot be used ({name})",
        "Run aws sts get-caller-identity and correct what it complains about.",
    )


def _on_amazon() -> bool:
    if os.environ.get("AWS_EC2_METADATA_DISABLED", "").lower() == "true":
        return False
    try:
        return "amazon" in _VENDOR.read_text(encoding="ascii", errors="replace").lower()
    except OSError:
        return False
