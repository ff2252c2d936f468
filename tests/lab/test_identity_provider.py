"""The laboratory's sign-in service: one way in, and every other way closed."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt
import pytest

from mcp_server.lab.identity_provider import IdentityProvider, User
from mcp_server.lab.serve import running

CALLBACK = "http://127.0.0.1:9/oauth/callback"
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()


@dataclass
class Site:
    provider: IdentityProvider
    http: httpx.Client
    url: str

    def authorize(self, **changes: str | None) -> httpx.Response:
        asked: dict[str, str | None] = {
            "client_id": self.provider.client_id,
            "redirect_uri": CALLBACK,
            "response_type": "code",
            "scope": "openid email",
            "state": "st&ate",
            "nonce": "n-1",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
            **changes,
        }
        return self.http.get("/authorize", params={k: v for k, v in asked.items() if v is not None})

    def code(self) -> str:
        return parse_qs(urlsplit(self.authorize().headers["location"]).query)["code"][0]

    def token(self, code: str, auth: Any = None, **changes: str | None) -> httpx.Response:
        form: dict[str, str | None] = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": CALLBACK,
            "code_verifier": VERIFIER,
            **({} if auth else {"client_id": self.provider.client_id, "client_secret": self.provider.client_secret}),
            **changes,
        }
        return self.http.post("/token", data={k: v for k, v in form.items() if v is not None}, auth=auth)


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    provider = IdentityProvider()
    provider.redirect_uris.add(CALLBACK)
    with running(provider) as url, httpx.Client(base_url=url, trust_env=False) as http:
        yield Site(provider, http, url)


def test_the_scripted_user_is_signed_in_at_once_with_a_signed_token(site: Site) -> None:
    site.provider.user = User("user-7", "grace@example.com", "Grace", ("admins", "dev"))
    sent = site.authorize()
    query = parse_qs(urlsplit(sent.headers["location"]).query)
    assert (sent.status_code, query["state"]) == (302, ["st&ate"])
    answer = site.token(query["code"][0]).json()
    known = site.http.get("/.well-known/openid-configuration").json()
    keys = jwt.PyJWKSet.from_dict(site.http.get(urlsplit(known["jwks_uri"]).path).json())
    key = keys[jwt.get_unverified_header(answer["id_token"])["kid"]]
    claims = jwt.decode(
        answer["id_token"], key.key, algorithms=["RS256"], audience=site.provider.client_id, issuer=known["issuer"]
    )
    assert known["issuer"] == site.url
    assert claims["nonce"] == "n-1"
    assert (claims["sub"], claims["email"], claims["groups"]) == ("user-7", "grace@example.com", ["admins", "dev"])
    me = site.http.get("/userinfo", headers={"authorization": f"Bearer {answer['access_token']}"})
    assert me.json()["email"] == "grace@example.com"


def test_the_secret_may_come_in_the_header(site: Site) -> None:
    assert site.token(site.code(), auth=(site.provider.client_id, site.provider.client_secret)).status_code == 200


@pytest.mark.parametrize(
    "changes", [{"client_id": "other"}, {"redirect_uri": CALLBACK + "/"}, {"redirect_uri": None}, {"client_id": None}]
)
def test_a_wrong_client_or_address_is_never_redirected(site: Site, changes: dict[str, str | None]) -> None:
    assert site.authorize(**changes).status_code == 400


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "email"}, "invalid_scope"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"nonce": ""}, "invalid_request"),
    ],
)
def test_other_mistakes_go_back_to_the_client(site: Site, changes: dict[str, str | None], error: str) -> None:
    sent = site.authorize(**changes)
    assert sent.status_code == 302
    assert parse_qs(urlsplit(sent.headers["location"]).query) == {"error": [error], "state": ["st&ate"]}


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_secret": None}, 401, "invalid_client"),
        ({"client_id": "other"}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"code": "made-up"}, 400, "invalid_grant"),
        ({"redirect_uri": CALLBACK + "?x=1"}, 400, "invalid_grant"),
        ({"code_verifier": "w" * 43}, 400, "invalid_grant"),
        ({"code_verifier": None}, 400, "invalid_grant"),
    ],
)
def test_a_code_is_exchanged_for_nothing_when_one_part_is_wrong(
    site: Site, changes: dict[str, Any], status: int, error: str
) -> None:
    refused = site.token(**{"code": site.code(), **changes})
    assert (refused.status_code, refused.json()["error"]) == (status, error)


def test_secrets_in_two_places_at_once_are_refused(site: Site) -> None:
    both = site.token(site.code(), auth=(site.provider.client_id, site.provider.client_secret), client_secret="x")
    assert both.status_code == 401


def test_a_code_used_twice_also_ends_what_it_gave(site: Site) -> None:
    code = site.code()
    bearer = {"authorization": f"Bearer {site.token(code).json()['access_token']}"}
    assert site.http.get("/userinfo", headers=bearer).status_code == 200
    assert site.token(code).json()["error_description"] == "the code was used before"
    assert site.http.get("/userinfo", headers=bearer).status_code == 401


def test_a_code_does_not_live_long(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mcp_server.lab.identity_provider._CODE_SECONDS", -1)
    assert site.token(site.code()).json()["error"] == "invalid_grant"


@pytest.mark.parametrize("authorization", ["", "Bearer made-up", "Basic !!!"])
def test_nobody_is_told_who_the_user_is_without_a_token(site: Site, authorization: str) -> None:
    assert site.http.get("/userinfo", headers={"authorization": authorization}).status_code == 401


def test_other_paths_do_not_exist(site: Site) -> None:
    assert site.http.get("/login").status_code == 404
