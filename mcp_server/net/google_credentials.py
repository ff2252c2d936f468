"""Google credentials, used for real: one token through google-auth, and the cause when it fails.

The only file that imports google.auth. A token is minted and thrown away; only ``access_token`` hands it on, for
requests to Google itself or to the address that the user configured for it.
"""

from __future__ import annotations

import asyncio
import re
import threading
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from mcp_server import redact
from mcp_server.diagnose.credentials import CredentialState
from mcp_server.errors import GatewayError
from mcp_server.net.failures import explain
from mcp_server.net.google_files import credential_file, offline_state
from mcp_server.net.route import NetFailure, Route
from mcp_server.net.trust import client_context
from mcp_server.snapshot import Snapshot

SCOPE = "https://www.googleapis.com/auth/cloud-platform"
LIVE_SECONDS = 15.0
#: Before a request that needs the token; a run against a broken target ends within ten seconds.
TOKEN_SECONDS = 8.0
_MAX_ANSWER = 200_000
_RULED_OUT = ("gcp_adc_missing", "gcp_reauth_required", "gcp_credential_file_invalid")

_VENDOR = Path("/sys/class/dmi/id/sys_vendor")
_SIGN_IN = (
    "Run gcloud auth application-default login, or name a key file with GOOGLE_APPLICATION_CREDENTIALS. If a gateway "
    "signs in to Google instead, set the skip-auth variable of this mode and ANTHROPIC_AUTH_TOKEN."
)
_NOTHING = "google-auth found no credential: no file, no login, no metadata server"

#: google-auth's words for a failure → (cause, cure variant, what to tell). Both generations, first match counts.
_FAILURES: tuple[tuple[str, str, str | None, str], ...] = (
    (
        r"(?i)invalid_rapt|rapt_required|reauthentication|reauth related",
        "gcp_reauth_required",
        None,
        "the organisation's session policy asks for a new login",
    ),
    (r"(?i)expired or revoked", "gcp_reauth_required", None, "the stored login has expired or was revoked"),
    (
        r"(?i)Invalid JWT Signature",
        "gcp_credential_file_invalid",
        "key_deleted",
        "Google does not accept the key's signature: it was deleted or belongs to another account",
    ),
    (
        r"(?i)reasonable timeframe|short-lived token",
        "gcp_credential_file_invalid",
        "clock",
        "this machine's clock differs from Google's",
    ),
    (
        r"(?i)account not found|account (?:has been )?(?:deleted|disabled)|(?:invalid|unauthorized|deleted)_client",
        "gcp_credential_file_invalid",
        None,
        "Google does not know this account or client any more",
    ),
    (
        r"(?i)getAccessToken|IAM_PERMISSION_DENIED|Unable to acquire impersonated|PERMISSION_DENIED",
        "gcp_iam_permission_denied",
        "impersonation",
        "the account may not impersonate the service account",
    ),
    (
        r"(?i)Failed to load|not in the expected format|valid type|not a valid json|deserialize|MalformedError"
        r"|explicitly allowed|missing fields|Could not parse|PEM",
        "gcp_credential_file_invalid",
        None,
        "google-auth refuses the content of the credential file",
    ),
    (r"(?i)default credentials were not found|metadata|Compute Engine", "gcp_adc_missing", None, _NOTHING),
    (
        r"(?i)was not found|Is a directory|No such file",
        "gcp_adc_missing",
        "file_missing",
        "the credential file that is named cannot be opened",
    ),
    (r"(?i)<html|<!doctype", "html_instead_of_api", None, "a web page answered where Google's token service should"),
    (
        r"(?i)audience|ID Token|issuer|invalid_target|attribute condition",
        "gcp_credential_file_invalid",
        "federation",
        "the workload identity pool does not accept the token that is offered",
    ),
    (r"(?i)invalid_grant", "gcp_reauth_required", None, "Google refuses the stored login"),
    (
        r"(?i)internal_failure|backendError|server_error|temporarily",
        "upstream_overloaded",
        None,
        "Google's token service failed by itself; try again",
    ),
)


def read_offline(snapshot: Snapshot, *, relevant: bool = True) -> CredentialState:
    """State of Google credentials from files and variables alone."""
    return offline_state(snapshot, relevant=relevant)


async def read_live(snapshot: Snapshot, *, seconds: float = LIVE_SECONDS, relevant: bool = True) -> CredentialState:
    """Mint one token with what Application Default Credentials would use, within ``seconds``; never raises.

    The answer is ``verified`` whenever google-auth decided, for good or ill.
    """
    return (await _live(snapshot, seconds, relevant=relevant))[0]


async def access_token(snapshot: Snapshot) -> str:
    """A fresh token of the Application Default Credentials, a secret. The metadata server is not asked.

    Raises:
        GoogleCredentialError: there is no credential file, or no token could be minted from it.
    """
    if credential_file(snapshot) is None:
        state = offline_state(snapshot, relevant=True)
        if snapshot.environment_hidden or _on_google():
            asks = "this machine may have a Google identity of its own, which Claude Code would use and this check not"
            raise GoogleCredentialError("", asks, "Name a key file with GOOGLE_APPLICATION_CREDENTIALS for the check.")
        raise GoogleCredentialError("gcp_adc_missing", state.detail, _SIGN_IN)
    state, token = await _live(snapshot, TOKEN_SECONDS, relevant=True)
    if not token:
        raise GoogleCredentialError(state.cause or "gcp_adc_missing", state.detail, _SIGN_IN)
    return token


class GoogleCredentialError(GatewayError):
    """No token. ``cause`` is an id of ``causes.yaml``; empty where this check cannot know."""

    def __init__(self, cause: str, problem: str, fix: str) -> None:
        self.cause = cause
        super().__init__(problem, fix)


def _on_google() -> bool:
    try:
        return "google" in _VENDOR.read_text(encoding="ascii", errors="replace").lower()
    except OSError:
        return False


async def _live(snapshot: Snapshot, seconds: float, *, relevant: bool) -> tuple[CredentialState, str]:
    before = offline_state(snapshot, relevant=relevant)
    place = credential_file(snapshot)
    if place is None and before.cause is None:
        return before, ""
    proxy = next((s.value for n in ("https_proxy", "HTTPS_PROXY") if (s := snapshot.variable(n)) and s.value), None)
    # google-auth's own client reads this one; what it trusts, this check trusts too.
    bundle = snapshot.variable("REQUESTS_CA_BUNDLE")
    route = Route(
        "https://oauth2.googleapis.com", proxy=proxy, ca_file=bundle.value if bundle else None, timeout=seconds
    )
    if place is None and (snapshot.variable("NO_GCE_CHECK") is not None):
        return replace(before, verified=True), ""
    try:
        outcome = await asyncio.wait_for(_in_thread(lambda: _mint(place[0] if place else None, route)), seconds)
    except asyncio.TimeoutError:
        late = f"no token within {seconds:g} s: the token service (or metadata server) does not answer"
        return replace(before, cause="connection_timeout", cure=None, verified=True, detail=late), ""
    if outcome.failure is None:
        good = replace(
            before,
            cause=None,
            cure=None,
            verified=True,
            rules_out=_RULED_OUT,
            expires=outcome.expires,
            project=before.project or outcome.project,
            project_source=before.project_source or ("google-auth" if outcome.project else None),
            detail=f"google-auth minted a token from {before.kind if before.cause is None else 'the credentials'}",
        )
        return good, outcome.token
    cause, cure, words = outcome.failure
    return replace(before, cause=cause, cure=cure, verified=True, detail=words), ""


@dataclass(frozen=True)
class _Outcome:
    failure: tuple[str, str | None, str] | None = None
    expires: str | None = None
    project: str | None = None
    token: str = field(default="", repr=False)


def _mint(path: str | None, route: Route) -> _Outcome:
    import google.auth as library
    from google.auth import exceptions

    google_auth: Any = library  # its loaders carry no types
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # quota-project and deprecation notes; the offline check says them better
        request = _transport(route)
        try:
            if path is not None:
                credentials, project = google_auth.load_credentials_from_file(path, scopes=[SCOPE], request=request)
            else:
                credentials, project = google_auth.default(scopes=[SCOPE], request=request)
            credentials.refresh(request)
        except exceptions.GoogleAuthError as failure:
            return _Outcome(failure=classify(failure))
        # google-auth lets these through raw: a directory, a key that cryptography refuses, an odd JSON type.
        except (OSError, ValueError, TypeError, AttributeError, KeyError) as failure:
            return _Outcome(failure=classify(failure))
        expiry = getattr(credentials, "expiry", None)
        until = expiry.strftime("%Y-%m-%dT%H:%M:%SZ") if expiry else None
        return _Outcome(expires=until, project=project, token=str(credentials.token or ""))


def classify(failure: BaseException) -> tuple[str, str | None, str]:
    """(cause id, cure variant, sentence) for an exception of google-auth. Never quotes the exception."""
    step: BaseException | None = failure
    while step is not None:
        if isinstance(step, NetFailure):
            return step.cause, None, f"Google's token service was not reached: {redact.quote(step.detail)}"
        step = step.__cause__ or step.__context__
    text = f"{type(failure).__name__}: {failure}"[:20_000]
    for pattern, cause, cure, words in _FAILURES:
        if re.search(pattern, text):
            return cause, cure, words
    return "gcp_credential_file_invalid", None, f"google-auth could not use the credential ({type(failure).__name__})"


def _transport(route: Route) -> Any:
    """google-auth's transport over the project's HTTP library: explicit proxy and trust, bounded, no redirects."""
    import httpx
    from google.auth import exceptions, transport

    transport_error: Any = exceptions.TransportError

    class Answer(transport.Response):
        def __init__(self, reply: httpx.Response) -> None:
            self._reply = reply

        @property
        def status(self) -> int:
            return self._reply.status_code

        @property
        def headers(self) -> Mapping[str, str]:
            return self._reply.headers

        @property
        def data(self) -> bytes:
            return self._reply.content[:_MAX_ANSWER]

    class Transport(transport.Request):
        def __call__(
            self,
            url: str,
            method: str = "GET",
            body: bytes | None = None,
            headers: Mapping[str, str] | None = None,
            timeout: float | None = None,
            **_: Any,
        ) -> Answer:
            local = re.match(r"http://(?:127\.|localhost|\[::1\]|169\.254\.|metadata\.)", url) is not None
            way = replace(route, base_url=url, proxy=None if local else route.proxy)
            try:
                with httpx.Client(
                    verify=client_context(way), proxy=way.proxy, trust_env=False, timeout=timeout or route.timeout
                ) as client:
                    return Answer(client.request(method, url, content=body, headers=dict(headers or {})))
            except (httpx.HTTPError, httpx.InvalidURL, OSError) as failure:
                raise transport_error("no answer") from explain(failure, way, "connect")

    return Transport()


async def _in_thread(work: Callable[[], _Outcome]) -> _Outcome:
    """``work`` in a daemon thread: one that hangs in a library must not keep the process from ending."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[_Outcome] = loop.create_future()

    def deliver(outcome: _Outcome | None, failure: BaseException | None) -> None:
        if done.done():
            return
        if failure is not None:
            done.set_exception(failure)
        elif outcome is not None:
            done.set_result(outcome)

    def body() -> None:
        outcome, failure = None, None
        try:
            outcome = work()
        except BaseException as error:  # handed to the waiting coroutine, which raises it
            failure = error
        if not loop.is_closed():
            loop.call_soon_threadsafe(deliver, outcome, failure)

    threading.Thread(target=body, name="google-auth", daemon=True).start()
    return await done
