"""Google credentials: offline checks, and the causes of google-auth's own errors, raised for real."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import anyio
import google.auth.exceptions
import pytest
from loopback_network import canned

from mcp_server.net import google_credentials, google_files
from mcp_server.net.route import Route
from mcp_server.snapshot import Snapshot

pytestmark = pytest.mark.anyio
REFRESH = "1//0" + "Rr7" * 20
CLIENT_SECRET = "GOCSPX-" + "Qq4" * 9


@pytest.fixture(scope="session")
def private_key() -> str:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def service_account(key: str, /, **changes: Any) -> dict[str, Any]:
    info = {
        "type": "service_account",
        "project_id": "demo-project",
        "private_key_id": "0" * 40,
        "private_key": key,
        "client_email": "robot@demo-project.iam.gserviceaccount.com",
        "client_id": "1",
        "token_uri": "http://127.0.0.1:9/token",
    } | changes
    return {k: v for k, v in info.items() if v is not None}


def user(**changes: Any) -> dict[str, Any]:
    info = {"type": "authorized_user", "client_id": "c", "client_secret": CLIENT_SECRET, "refresh_token": REFRESH}
    return {k: v for k, v in (info | changes).items() if v is not None}


def snapshot_of(path: Path | str, tmp_path: Path, **shell: str) -> Snapshot:
    return Snapshot(shell={google_files.VARIABLE: str(path), **shell}, home=str(tmp_path / "home"))


def written(tmp_path: Path, content: Any) -> Path:
    file = tmp_path / "key.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    file.chmod(0o600)
    return file


@contextmanager
def token_endpoint(status: int, body: str, content_type: str = "application/json") -> Iterator[str]:
    with canned(status, body, content_type) as url:
        yield f"{url}/token"


def test_without_variable_and_login_file_only_the_metadata_server_is_left(tmp_path: Path) -> None:
    state = google_credentials.read_offline(Snapshot(shell={}, home=str(tmp_path)))
    assert (state.cause, state.kind) == ("gcp_adc_missing", "none")


def test_a_hidden_environment_is_not_called_unset(tmp_path: Path) -> None:
    state = google_credentials.read_offline(Snapshot(shell={}, home=str(tmp_path), environment_hidden=True))
    assert state.cause is None
    assert "not visible to me" in state.detail


def test_the_variable_comes_before_the_login_file_and_never_falls_through(tmp_path: Path) -> None:
    login = tmp_path / "home/.config/gcloud/application_default_credentials.json"
    login.parent.mkdir(parents=True)
    login.write_text(json.dumps(user()), encoding="utf-8")
    missing = google_credentials.read_offline(snapshot_of(tmp_path / "absent.json", tmp_path))
    assert missing.cause == "gcp_adc_missing"
    found = google_credentials.read_offline(Snapshot(shell={}, home=str(tmp_path / "home")))
    assert found.cause is None
    assert found.kind.startswith("user login")


def test_cloudsdk_config_moves_the_login_file(tmp_path: Path) -> None:
    (tmp_path / "application_default_credentials.json").write_text(json.dumps(user()), encoding="utf-8")
    state = google_credentials.read_offline(Snapshot(shell={"CLOUDSDK_CONFIG": str(tmp_path)}, home="/nowhere"))
    assert state.cause is None


BROKEN_FILES: dict[str, tuple[Any, str]] = {
    "empty": ("", "is empty"),
    "not JSON": ("{oops", "not valid JSON"),
    "a list": ([1], "no JSON object"),
    "no type": ({"project_id": "x"}, 'has no "type"'),
    "OAuth client": ({"installed": {"client_id": "x"}}, "OAuth client download"),
    "unknown type": ({"type": "magic"}, '"magic"'),
    "user without refresh token": (user(refresh_token=None), "refresh_token is missing"),
    "federation without source": (
        {"type": "external_account", "audience": "a", "subject_token_type": "t", "token_url": "u"},
        "credential_source is missing",
    ),
}


@pytest.mark.parametrize("name", BROKEN_FILES)
def test_a_broken_file_is_named_with_its_defect(name: str, tmp_path: Path) -> None:
    content, words = BROKEN_FILES[name]
    state = google_credentials.read_offline(snapshot_of(written(tmp_path, content), tmp_path))
    assert state.cause == "gcp_credential_file_invalid"
    assert words in state.detail


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"private_key": None}, "private_key is missing"),
        ({"client_email": None}, "client_email is missing"),
        ({"private_key": "abc"}, "no PEM key"),
        ({"private_key": r"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"}, "instead of line breaks"),
        ({"private_key": "-----BEGIN PRIVATE KEY-----\nAAAA\n"}, "END line is missing"),
        ({"client_email": "me@example.com"}, "not the address of a service account"),
    ],
)
def test_a_defect_of_a_service_account_is_found_offline(
    change: dict[str, Any], words: str, private_key: str, tmp_path: Path
) -> None:
    file = written(tmp_path, service_account(private_key, **change))
    state = google_credentials.read_offline(snapshot_of(file, tmp_path))
    assert state.cause == "gcp_credential_file_invalid"
    assert words in state.detail
    assert private_key[40:80] not in repr(state)


def test_a_good_service_account_is_well_formed_but_not_called_working(private_key: str, tmp_path: Path) -> None:
    file = written(tmp_path, service_account(private_key))
    state = google_credentials.read_offline(snapshot_of(file, tmp_path))
    assert (state.cause, state.verified) == (None, False)
    assert (state.project, state.project_source) == ("demo-project", "project_id of the file")


def test_the_project_variable_beats_the_file(private_key: str, tmp_path: Path) -> None:
    file = written(tmp_path, service_account(private_key))
    state = google_credentials.read_offline(snapshot_of(file, tmp_path, GOOGLE_CLOUD_PROJECT="other"))
    assert (state.project, state.project_source) == ("other", "GOOGLE_CLOUD_PROJECT")


def test_a_key_readable_by_everyone_or_in_a_work_tree_is_said(private_key: str, tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    file = written(tmp_path, service_account(private_key))
    file.chmod(0o644)
    state = google_credentials.read_offline(snapshot_of(file, tmp_path))
    assert "readable by everyone" in state.detail
    assert "git working tree" in state.detail


def real_failure(path: Path) -> BaseException:
    """The exception that google-auth itself raises for the file."""
    import google.auth

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            google.auth.load_credentials_from_file(str(path), scopes=[google_credentials.SCOPE])
        except (google.auth.exceptions.GoogleAuthError, OSError, ValueError) as failure:
            return failure
    raise AssertionError("google-auth accepts this file")


def test_google_auths_own_load_errors_get_their_cause(private_key: str, tmp_path: Path) -> None:
    invalid = "gcp_credential_file_invalid"
    cases = {
        "missing": (tmp_path / "absent.json", "gcp_adc_missing"),
        "directory": (tmp_path, "gcp_adc_missing"),
        "not JSON": (written(tmp_path, "{"), invalid),
    }
    for name, content in {
        "wrong type": {"type": "x"},
        "client file": {"web": {}},
        "no key": service_account(private_key, private_key=None),
        "no email": service_account(private_key, client_email=None),
        "broken key": service_account("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"),
        "no refresh token": user(refresh_token=None),
    }.items():
        file = tmp_path / f"{name}.json"
        file.write_text(json.dumps(content), encoding="utf-8")
        cases[name] = (file, invalid)
    got = {name: google_credentials.classify(real_failure(path))[0] for name, (path, _) in cases.items()}
    assert got == {name: cause for name, (_, cause) in cases.items()}


async def test_a_minted_token_verifies_and_is_never_returned(private_key: str, tmp_path: Path) -> None:
    token = "ya29." + "Tt5" * 30
    body = json.dumps({"access_token": token, "expires_in": 3600, "token_type": "Bearer"})
    with token_endpoint(200, body) as url:
        file = written(tmp_path, service_account(private_key, token_uri=url))
        state = await google_credentials.read_live(snapshot_of(file, tmp_path))
    assert (state.cause, state.verified) == (None, True)
    assert state.expires is not None
    assert "gcp_adc_missing" in state.rules_out
    assert token not in repr(state)


REFUSALS: dict[str, tuple[int, Any, str, str | None]] = {
    "clock": (
        400,
        {
            "error": "invalid_grant",
            "error_description": "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable "
            "timeframe. Check your iat and exp values in the JWT claim.",
        },
        "gcp_credential_file_invalid",
        "clock",
    ),
    "deleted key": (
        400,
        {"error": "invalid_grant", "error_description": "Invalid JWT Signature."},
        "gcp_credential_file_invalid",
        "key_deleted",
    ),
    "deleted account": (
        400,
        {"error": "invalid_grant", "error_description": "Invalid grant: account not found"},
        "gcp_credential_file_invalid",
        None,
    ),
    "revoked": (
        400,
        {"error": "invalid_grant", "error_description": "Token has been expired or revoked."},
        "gcp_reauth_required",
        None,
    ),
    "session policy": (
        400,
        {
            "error": "invalid_grant",
            "error_description": "reauth related error (invalid_rapt)",
            "error_subtype": "invalid_rapt",
        },
        "gcp_reauth_required",
        None,
    ),
    "wrong client": (401, {"error": "unauthorized_client"}, "gcp_credential_file_invalid", None),
    "portal": (400, "<html><title>Sign in</title></html>", "html_instead_of_api", None),
}


@pytest.mark.parametrize("name", REFUSALS)
async def test_a_refused_refresh_gets_its_cause(name: str, private_key: str, tmp_path: Path) -> None:
    status, body, cause, variant = REFUSALS[name]
    text = body if isinstance(body, str) else json.dumps(body)
    with token_endpoint(status, text) as url:
        file = written(tmp_path, service_account(private_key, token_uri=url))
        state = await google_credentials.read_live(snapshot_of(file, tmp_path))
    assert (state.cause, state.cure, state.verified) == (cause, variant, True)


def test_a_user_login_under_a_session_policy_asks_for_a_new_login() -> None:
    from google.oauth2.credentials import Credentials

    body = json.dumps({"error": "invalid_grant", "error_subtype": "invalid_rapt", "error_description": "reauth"})
    with token_endpoint(400, body) as url:
        login = Credentials(None, refresh_token=REFRESH, token_uri=url, client_id="c", client_secret=CLIENT_SECRET)
        with pytest.raises(google.auth.exceptions.RefreshError) as failure:
            login.refresh(google_credentials._transport(Route(url)))
    cause, _, words = google_credentials.classify(failure.value)
    assert cause == "gcp_reauth_required"
    assert REFRESH not in words


async def test_a_user_login_behind_a_dead_proxy_names_the_proxy(tmp_path: Path) -> None:
    machine = snapshot_of(written(tmp_path, user()), tmp_path, HTTPS_PROXY="http://127.0.0.1:9")
    state = await google_credentials.read_live(machine)
    assert (state.cause, state.verified) == ("proxy_unreachable", True)
    assert REFRESH not in repr(state)
    assert CLIENT_SECRET not in repr(state)


async def test_a_dead_token_endpoint_is_a_matter_of_the_network(private_key: str, tmp_path: Path) -> None:
    file = written(tmp_path, service_account(private_key))
    state = await google_credentials.read_live(snapshot_of(file, tmp_path))
    assert state.cause == "gateway_unreachable"
    assert "was not reached" in state.detail


async def test_a_silent_token_endpoint_ends_in_time(private_key: str, tmp_path: Path) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as listener:  # accepts, never answers
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/token"
        file = written(tmp_path, service_account(private_key, token_uri=url))
        state = await google_credentials.read_live(snapshot_of(file, tmp_path), seconds=0.5)
    assert state.cause == "connection_timeout"


async def test_a_token_endpoint_that_is_asked_again_and_again_ends_in_time(private_key: str, tmp_path: Path) -> None:
    with token_endpoint(503, "{}") as url:  # google-auth waits and retries
        file = written(tmp_path, service_account(private_key, token_uri=url))
        with anyio.fail_after(30):
            state = await google_credentials.read_live(snapshot_of(file, tmp_path), seconds=0.6)
    assert state.cause == "connection_timeout"


async def test_without_any_credential_a_live_check_names_the_missing_login(tmp_path: Path) -> None:
    state = await google_credentials.read_live(Snapshot(shell={"NO_GCE_CHECK": "true"}, home=str(tmp_path)))
    assert (state.cause, state.verified) == ("gcp_adc_missing", True)
