"""A company's sign-in service (OpenID Connect) whose user has already typed the password: no page, no human.

It is as strict as the real ones about everything else: client and secret, exact redirect URI, ``openid`` scope, PKCE
with S256 (RFC 7636), codes that live for a minute and are good once, and tokens that it signs itself (RS256).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import threading
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote_plus, urlencode

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import Receive, Scope, Send

_CODE_SECONDS = 60
_TOKEN_SECONDS = 3600


@dataclass(frozen=True)
class User:
    """Who is signed in at the provider's site."""

    subject: str = "user-1"
    email: str = "ada@example.com"
    name: str = "Ada Example"
    groups: tuple[str, ...] = ("engineering",)

    @property
    def claims(self) -> dict[str, Any]:
        names = {"email": self.email, "email_verified": True, "name": self.name}
        return {"sub": self.subject, **names, "groups": list(self.groups)}


@dataclass
class _Grant:
    user: User
    redirect_uri: str
    nonce: str | None
    challenge: str
    expires: float
    access_token: str = ""
    """Set once the code was exchanged."""


@dataclass
class _State:
    lock: threading.Lock = field(default_factory=threading.Lock)
    grants: dict[str, _Grant] = field(default_factory=dict)
    users: dict[str, tuple[User, float]] = field(default_factory=dict)
    """Access token → user and expiry."""


class IdentityProvider:
    """An ASGI application; its issuer is the address it is served at. ``user`` may be changed at any time."""

    def __init__(self, user: User | None = None) -> None:
        self.user = user or User()
        self.client_id = "laboratory-gateway"
        self.client_secret = secrets.token_hex(24)
        #: The addresses that codes may be sent to; compared letter by letter.
        self.redirect_uris: set[str] = set()
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self._key_id = secrets.token_hex(8)
        self._state = _State()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        host, port = scope["server"]
        issuer = f"http://{host}:{port}"
        match request.method, request.url.path:
            case "GET", "/.well-known/openid-configuration":
                response: Response = JSONResponse(_discovery(issuer))
            case "GET", "/keys":
                response = JSONResponse({"keys": [self._public_key()]})
            case "GET", "/authorize":
                response = self._authorize(parse_qs(request.url.query, keep_blank_values=True))
            case "POST", "/token":
                response = self._token(issuer, request, (await request.body()).decode("utf-8", errors="replace"))
            case "GET", "/userinfo":
                response = self._userinfo(request)
            case _:
                response = JSONResponse({"error": "not_found"}, 404)
        await response(scope, receive, send)

    def _authorize(self, asked: dict[str, list[str]]) -> Response:
        """RFC 6749, 4.1.2.1: a wrong client or address is told to the person, everything else to the client."""
        if any(len(values) > 1 for values in asked.values()):
            return _error("invalid_request", "a parameter is given twice")
        query = {name: values[0] for name, values in asked.items()}
        target = query.get("redirect_uri", "")
        if query.get("client_id") != self.client_id:
            return _error("invalid_client", "client_id is not registered")
        if target not in self.redirect_uris:
            return _error("invalid_request", "redirect_uri is not registered for this client")
        state = {"state": query["state"]} if "state" in query else {}
        if problem := _problem(query):
            return RedirectResponse(f"{target}?{urlencode({'error': problem, **state})}", 302)
        code = secrets.token_urlsafe(24)
        grant = _Grant(self.user, target, query.get("nonce"), query["code_challenge"], time.time() + _CODE_SECONDS)
        with self._state.lock:
            self._state.grants[code] = grant
        return RedirectResponse(f"{target}?{urlencode({'code': code, **state})}", 302)

    def _token(self, issuer: str, request: Request, body: str) -> Response:
        form = {name: values[0] for name, values in parse_qs(body, keep_blank_values=True).items()}
        given = _client(request.headers.get("authorization", ""), form)
        if not hmac.compare_digest(given, f"{self.client_id}\n{self.client_secret}".encode()):
            return _error("invalid_client", "client authentication failed", 401)
        if form.get("grant_type") != "authorization_code":
            return _error("unsupported_grant_type", "only authorization_code is served")
        with self._state.lock:
            grant = self._state.grants.get(form.get("code", ""))
            if grant is None or grant.expires < time.time():
                return _error("invalid_grant", "the code is unknown or has expired")
            if grant.access_token:
                # RFC 6749, 4.1.2: a code that comes twice was stolen by one of the two.
                self._state.users.pop(grant.access_token, None)
                return _error("invalid_grant", "the code was used before")
            if form.get("redirect_uri") != grant.redirect_uri:
                return _error("invalid_grant", "redirect_uri is not the one of the authorization request")
            if not hmac.compare_digest(_challenge(form.get("code_verifier", "")), grant.challenge):
                return _error("invalid_grant", "code_verifier does not fit code_challenge")
            grant.access_token = secrets.token_urlsafe(32)
            self._state.users[grant.access_token] = (grant.user, time.time() + _TOKEN_SECONDS)
        answer = {
            "access_token": grant.access_token,
            "token_type": "Bearer",
            "expires_in": _TOKEN_SECONDS,
            "scope": "openid email profile groups",
            "id_token": self._id_token(issuer, grant),
        }
        return JSONResponse(answer, headers={"cache-control": "no-store"})

    def _userinfo(self, request: Request) -> Response:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        with self._state.lock:
            user, expires = self._state.users.get(token, (None, 0.0))
        if user is None or expires < time.time():
            return _error("invalid_token", "the access token is unknown or has expired", 401)
        return JSONResponse(user.claims)

    def _id_token(self, issuer: str, grant: _Grant) -> str:
        now = int(time.time())
        standard = {"iss": issuer, "aud": self.client_id, "iat": now, "exp": now + _TOKEN_SECONDS, "auth_time": now}
        nonce = {"nonce": grant.nonce} if grant.nonce is not None else {}
        claims = {**standard, **nonce, **grant.user.claims}
        return jwt.encode(claims, self._key, algorithm="RS256", headers={"kid": self._key_id})

    def _public_key(self) -> dict[str, Any]:
        key = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self._key.public_key()))
        return {**key, "kid": self._key_id, "use": "sig", "alg": "RS256"}


def _discovery(issuer: str) -> dict[str, Any]:
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": f"{issuer}/token",
        "userinfo_endpoint": f"{issuer}/userinfo",
        "jwks_uri": f"{issuer}/keys",
        "response_types_supported": ["code"],
        "grant_types_supported": ["authorization_code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": ["openid", "email", "profile", "groups"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "code_challenge_methods_supported": ["S256"],
        "claims_supported": ["sub", "email", "email_verified", "name", "groups"],
    }


def _problem(query: dict[str, str]) -> str | None:
    """The error code of an authorization request whose client and address are right."""
    if query.get("response_type") != "code":
        return "unsupported_response_type"
    if "openid" not in query.get("scope", "").split():
        return "invalid_scope"
    if query.get("code_challenge_method") != "S256" or len(query.get("code_challenge", "")) != 43:
        return "invalid_request"
    if query.get("nonce") == "":
        return "invalid_request"
    return None


def _client(authorization: str, form: dict[str, str]) -> bytes:
    """Name and secret as sent, by header (``client_secret_basic``) or in the form; never both (RFC 6749, 2.3)."""
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() == "basic" and "client_secret" not in form:
        try:
            name, _, secret = base64.b64decode(value, validate=True).decode("utf-8").partition(":")
        except ValueError:
            return b""
        return f"{unquote_plus(name)}\n{unquote_plus(secret)}".encode()
    if authorization:
        return b""
    return f"{form.get('client_id', '')}\n{form.get('client_secret', '')}".encode()


def _challenge(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode("utf-8")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


def _error(code: str, description: str, status: int = 400) -> Response:
    return JSONResponse({"error": code, "error_description": description}, status)
