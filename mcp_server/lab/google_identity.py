"""A Google service account of the laboratory's own, and the token endpoint that knows it.

The endpoint checks what Google checks: the RS256 signature by the key of the account, audience, issuer, times and
scope. Its access tokens are random, expire, and are the only ones the Vertex emulator takes.
"""

from __future__ import annotations

import json
import os
import secrets
import threading
import time
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from starlette.responses import JSONResponse, Response

_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_SCOPE = "https://www.googleapis.com/auth/cloud-platform"
#: google-auth signs for Google's own endpoint, whatever ``token_uri`` the key file names.
_GOOGLE_AUDIENCE = "https://oauth2.googleapis.com/token"
_LIFETIME = 3600
"""Seconds: the longest life of an assertion, and the life of an access token."""
_CLOCK_SKEW = 300
"""Seconds by which the caller's clock may differ."""
_TIME_PROBLEM = (
    "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. "
    "Check your iat and exp values in the JWT claim."
)


class GoogleIdentity:
    """One service account of one project: its key file, its token endpoint, its valid tokens."""

    def __init__(self, project: str) -> None:
        self.project = project
        self.email = f"laboratory@{project}.iam.gserviceaccount.com"
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self._key_id = secrets.token_hex(20)
        self._audiences = {_GOOGLE_AUDIENCE}
        self._expiry_of: dict[str, float] = {}
        self._lock = threading.Lock()

    def service_account(self, directory: Path, token_uri: str) -> Path:
        """Write the account's key file (mode 0600) into ``directory``; ``token_uri`` is where tokens are fetched."""
        pem = self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode("ascii")
        info = {
            "type": "service_account",
            "project_id": self.project,
            "private_key_id": self._key_id,
            "private_key": pem,
            "client_email": self.email,
            "client_id": "100000000000000000001",
            "auth_uri": "https://accounts.google.com/o/oauth2/auth",
            "token_uri": token_uri,
            "auth_provider_x509_cert_url": "https://www.googleapis.com/oauth2/v1/certs",
            "universe_domain": "googleapis.com",
        }
        self._audiences.add(token_uri)
        path = directory / "service-account.json"
        path.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(info, file, indent=2)
        return path

    def token(self) -> str:
        """A fresh access token, as the token endpoint gives it."""
        token = f"ya29.{secrets.token_urlsafe(32)}"
        with self._lock:
            self._expiry_of[token] = time.time() + _LIFETIME
        return token

    def token_problem(self, token: str) -> str | None:
        """Why an access token is refused, as Google's reason, or ``None`` when it is valid."""
        with self._lock:
            expiry = self._expiry_of.get(token)
        if expiry is None:
            return "ACCESS_TOKEN_TYPE_UNSUPPORTED"
        return "ACCESS_TOKEN_EXPIRED" if expiry <= time.time() else None

    def expire_tokens(self) -> None:
        """Let every access token issued so far expire now."""
        with self._lock:
            self._expiry_of = dict.fromkeys(self._expiry_of, 0.0)

    def token_response(self, body: bytes) -> Response:
        """The token endpoint's answer to a form-encoded request."""
        form = dict(parse_qsl(body.decode("utf-8", "replace")))
        if "grant_type" not in form:
            return _refusal("invalid_request", "Missing required parameter: grant_type")
        if form["grant_type"] != _GRANT:
            return _refusal("unsupported_grant_type", f"Invalid grant_type: {form['grant_type']}")
        if "assertion" not in form:
            return _refusal("invalid_request", "Missing required parameter: assertion")
        if problem := self._assertion_problem(form["assertion"]):
            return _refusal(*problem)
        return JSONResponse({"access_token": self.token(), "expires_in": _LIFETIME - 1, "token_type": "Bearer"})

    def _assertion_problem(self, assertion: str) -> tuple[str, str] | None:
        """(OAuth error code, Google's description) of the first thing wrong with a signed assertion."""
        try:
            claims = jwt.decode(
                assertion,
                self._key.public_key(),
                algorithms=["RS256"],
                options={"verify_exp": False, "verify_iat": False, "verify_aud": False, "verify_nbf": False},
            )
        except (jwt.InvalidSignatureError, jwt.InvalidAlgorithmError):
            return "invalid_grant", "Invalid JWT Signature."
        except jwt.InvalidTokenError:
            return "invalid_grant", "Invalid JWT: Failed to parse the assertion."
        if claims.get("iss") != self.email:
            return "invalid_grant", "Invalid grant: account not found"
        if claims.get("aud") not in self._audiences:
            return "invalid_grant", f"Invalid JWT: Failed audience check. The right audience is {_GOOGLE_AUDIENCE}"
        if not _in_time(claims.get("iat"), claims.get("exp")):
            return "invalid_grant", _TIME_PROBLEM
        if _SCOPE not in str(claims.get("scope", "")).split():
            return "invalid_scope", "Invalid OAuth scope or ID token audience provided."
        return None


def _in_time(issued: Any, expires: Any) -> bool:
    if not isinstance(issued, int | float) or not isinstance(expires, int | float):
        return False
    now = time.time()
    fresh = issued <= now + _CLOCK_SKEW and expires >= now - _CLOCK_SKEW
    return fresh and 0 < expires - issued <= _LIFETIME


def _refusal(error: str, description: str) -> Response:
    return JSONResponse({"error": error, "error_description": description}, 400)
