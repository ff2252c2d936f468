"""Checks AWS Signature Version 4 of a request, as AWS's front end does; the laboratory knows the secret.

Order and wordings of the refusals: AWS's documentation of common errors and public issue threads. Checked against
botocore's signer in the tests.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from urllib.parse import parse_qsl, quote

_ALGORITHM = "AWS4-HMAC-SHA256"
_TIME = "%Y%m%dT%H%M%SZ"
_SKEW = timedelta(minutes=5)
_AUTHORIZATION = re.compile(
    rf"{_ALGORITHM}\s+Credential=(?P<key>[^/,\s]+)/(?P<date>\d{{8}})/(?P<region>[^/,]+)/(?P<service>[^/,]+)/aws4_request,"
    r"\s*SignedHeaders=(?P<headers>[^,\s]+),\s*Signature=(?P<signature>[0-9a-f]{64})"
)


@dataclass(frozen=True)
class Signer:
    """Whose signatures are valid."""

    access_key_id: str
    secret_access_key: str
    region: str
    service: str
    session_token: str | None = None
    expired: bool = False
    """The session token is genuine and its time is over."""


class SignatureError(Exception):
    """The refusal: AWS's name of the error (HTTP status 403) and its sentence."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name, self.message = name, message


@dataclass(frozen=True)
class SignedRequest:
    """What a signature covers. ``headers`` in lower case, ``path`` with its percent signs as sent."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


def check(request: SignedRequest, signer: Signer, now: datetime | None = None) -> None:
    """Refuse what is not signed by ``signer``.

    Raises:
        SignatureError: see there.
    """
    now = now or datetime.now(timezone.utc)
    header = request.headers.get("authorization")
    if not header:
        raise SignatureError("MissingAuthenticationTokenException", "Missing Authentication Token")
    found = _AUTHORIZATION.fullmatch(header.strip())
    if found is None:
        raise SignatureError(
            "IncompleteSignatureException",
            "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' "
            "parameter. Authorization header requires 'SignedHeaders' parameter. Authorization header requires "
            "existence of either a 'X-Amz-Date' or a 'Date' header.",
        )
    token = request.headers.get("x-amz-security-token")
    if found["key"] != signer.access_key_id or token != signer.session_token:
        raise SignatureError("UnrecognizedClientException", "The security token included in the request is invalid.")
    if signer.expired:
        raise SignatureError("ExpiredTokenException", "The security token included in the request is expired")
    if found["region"] != signer.region:
        raise _invalid(f"Credential should be scoped to a valid region, not '{found['region']}'. ")
    if found["service"] != signer.service:
        raise _invalid(f"Credential should be scoped to correct service: '{signer.service}'. ")
    _check_time(request.headers.get("x-amz-date", ""), found["date"], now)
    if not hmac.compare_digest(found["signature"], _signature(request, signer, found)):
        raise _invalid(
            "The request signature we calculated does not match the signature you provided. Check your AWS Secret "
            "Access Key and signing method. Consult the service documentation for details."
        )


def _invalid(message: str) -> SignatureError:
    return SignatureError("InvalidSignatureException", message)


def _check_time(stamp: str, scope_date: str, now: datetime) -> None:
    try:
        signed_at = datetime.strptime(stamp, _TIME).replace(tzinfo=timezone.utc)
    except ValueError:
        raise _invalid("Date must be in ISO-8601 'basic format'. Got '" + stamp + "'.") from None
    if not stamp.startswith(scope_date):
        raise _invalid(f"Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date: '{stamp}'.")
    edges = (now - _SKEW).strftime(_TIME), (now + _SKEW).strftime(_TIME)
    if signed_at < now - _SKEW:
        raise _invalid(f"Signature expired: {stamp} is now earlier than {edges[0]} ({now.strftime(_TIME)} - 5 min.)")
    if signed_at > now + _SKEW:
        raise _invalid(
            f"Signature not yet current: {stamp} is still later than {edges[1]} ({now.strftime(_TIME)} + 5 min.)"
        )


def _signature(request: SignedRequest, signer: Signer, given: re.Match[str]) -> str:
    """The right signature of the request over the headers that ``given`` names."""
    headers = request.headers
    signed = given["headers"].split(";")
    canonical = "\n".join(
        (
            request.method,
            quote(request.path, safe="/-_.~") or "/",
            _canonical_query(request.query),
            *(f"{name}:{' '.join(headers.get(name, '').split())}" for name in signed),
            "",
            given["headers"],
            hashlib.sha256(request.body).hexdigest(),
        )
    )
    scope = f"{given['date']}/{signer.region}/{signer.service}/aws4_request"
    text = "\n".join((_ALGORITHM, headers.get("x-amz-date", ""), scope, hashlib.sha256(canonical.encode()).hexdigest()))
    key = f"AWS4{signer.secret_access_key}".encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def _canonical_query(query: str) -> str:
    pairs = sorted((quote(k, safe="-_.~"), quote(v, safe="-_.~")) for k, v in parse_qsl(query, keep_blank_values=True))
    return "&".join(f"{key}={value}" for key, value in pairs)
