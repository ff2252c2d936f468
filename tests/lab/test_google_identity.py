from __future__ import annotations

import json
import stat
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from google.oauth2 import service_account

from mcp_server.lab.google_identity import GoogleIdentity
from mcp_server.lab.vertex import VertexEmulator

from .conftest import GRANT, Vertex, assertion


def test_the_key_file_is_private_and_readable_by_googles_library(tmp_path: Path) -> None:
    path = GoogleIdentity("p").service_account(tmp_path, "http://127.0.0.1:1/token")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    credentials = service_account.Credentials.from_service_account_file(str(path))
    assert credentials.project_id == "p"
    assert credentials.service_account_email == "laboratory@p.iam.gserviceaccount.com"


def test_a_second_file_replaces_one_with_wider_rights(tmp_path: Path) -> None:
    (tmp_path / "service-account.json").touch(mode=0o644)
    path = GoogleIdentity("p").service_account(tmp_path, "http://127.0.0.1:1/token")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_googles_library_gets_a_token_and_the_emulator_takes_it(vertex: Vertex, tmp_path: Path) -> None:
    path = vertex.emulator.identity.service_account(tmp_path, f"{vertex.url}/token")
    credentials = service_account.Credentials.from_service_account_file(
        str(path), scopes=["https://www.googleapis.com/auth/cloud-platform"]
    )
    credentials.refresh(transport)
    assert vertex.emulator.identity.token_problem(credentials.token) is None


class _Answer:
    def __init__(self, response: httpx.Response) -> None:
        self.status, self.headers, self.data = response.status_code, response.headers, response.content


def transport(url: str, method: str = "GET", body: Any = None, headers: Any = None, **_: Any) -> _Answer:
    return _Answer(httpx.request(method, url, content=body, headers=headers))


@pytest.fixture
def endpoint(shared: tuple[VertexEmulator, str], tmp_path: Path) -> Any:
    emulator, url = shared
    return json.loads(emulator.identity.service_account(tmp_path, f"{url}/token").read_text(encoding="utf-8"))


NOW = int(time.time())
OTHER_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
TIMES = (
    "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. "
    "Check your iat and exp values in the JWT claim."
)


@pytest.mark.parametrize(
    ("claims", "key", "refusal"),
    [
        ({}, OTHER_KEY, ("invalid_grant", "Invalid JWT Signature.")),
        (
            {"iss": "other@test-project.iam.gserviceaccount.com"},
            None,
            ("invalid_grant", "Invalid grant: account not found"),
        ),
        ({"iat": NOW - 9000, "exp": NOW - 5400}, None, ("invalid_grant", TIMES)),
        ({"iat": NOW + 5400, "exp": NOW + 9000}, None, ("invalid_grant", TIMES)),
        ({"exp": NOW + 8000}, None, ("invalid_grant", TIMES)),
        ({"iat": None}, None, ("invalid_grant", TIMES)),
        (
            {"aud": "https://elsewhere.example/token"},
            None,
            (
                "invalid_grant",
                "Invalid JWT: Failed audience check. The right audience is https://oauth2.googleapis.com/token",
            ),
        ),
        (
            {"scope": "https://www.googleapis.com/auth/drive"},
            None,
            ("invalid_scope", "Invalid OAuth scope or ID token audience provided."),
        ),
    ],
    ids=["signature", "account", "expired", "future", "too long", "no iat", "audience", "scope"],
)
def test_a_wrong_assertion_is_refused_as_google_does(
    endpoint: dict[str, Any], claims: dict[str, Any], key: Any, refusal: tuple[str, str]
) -> None:
    form = {"grant_type": GRANT, "assertion": assertion(endpoint, key, **claims)}
    answer = httpx.post(endpoint["token_uri"], data=form, verify=False)
    assert (answer.status_code, answer.json()) == (400, {"error": refusal[0], "error_description": refusal[1]})


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": GRANT}, "invalid_request"),
        ({"grant_type": GRANT, "assertion": "no.jwt"}, "invalid_grant"),
    ],
)
def test_a_wrong_form_is_refused(endpoint: dict[str, Any], form: dict[str, str], error: str) -> None:
    answer = httpx.post(endpoint["token_uri"], data=form, verify=False)
    assert (answer.status_code, answer.json()["error"]) == (400, error)


def test_googles_own_audience_is_taken_because_googles_library_signs_for_it(endpoint: dict[str, Any]) -> None:
    signed = assertion(endpoint, aud="https://oauth2.googleapis.com/token")
    answer = httpx.post(endpoint["token_uri"], data={"grant_type": GRANT, "assertion": signed})
    assert answer.status_code == 200
    assert answer.json()["token_type"] == "Bearer"
