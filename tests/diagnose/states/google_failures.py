"""Failure states of Google credentials and Vertex AI, raised by the real google-auth against laboratory endpoints.

What Vertex itself refuses is answered by the strict emulator or, where it has no such switch, by a stub with the
service's public wording; the Anthropic SDK (its Vertex client, credentials by google-auth) words the error.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from unittest import mock

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from mcp_server.lab import google_errors
from mcp_server.lab.google_identity import GoogleIdentity
from mcp_server.lab.serve import running
from mcp_server.lab.vertex import VertexEmulator

from .state_machine import Answer, Machine, State, answering, raised

SCOPE = "https://www.googleapis.com/auth/cloud-platform"
PROJECT = "demo-project-1"
CLAUDE = "claude-sonnet-4-5@20250929"
VERTEX = {"CLAUDE_CODE_USE_VERTEX": "1", "CLOUD_ML_REGION": "us-east5", "ANTHROPIC_VERTEX_PROJECT_ID": PROJECT}
SERVICE_ACCOUNT = f"robot@{PROJECT}.iam.gserviceaccount.com"


def transport() -> Any:
    """google-auth's own transport over urllib3."""
    import urllib3
    from google.auth.transport.urllib3 import Request

    return Request(urllib3.PoolManager(retries=False, timeout=5))


def default(machine: Machine, **more: str) -> str:
    """What Application Default Credentials say of this machine."""
    import google.auth

    machine.variables |= {**VERTEX, **more}

    def mint() -> None:
        credentials, _ = google.auth.default(scopes=[SCOPE], request=transport())
        credentials.refresh(transport())

    with machine.entered():
        return raised(mint)


def named(machine: Machine, content: Any) -> str:
    path = machine.file("key.json", content)
    return default(machine, GOOGLE_APPLICATION_CREDENTIALS=str(path))


def pem() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def service_account(token_uri: str = "http://127.0.0.1:9/token", **changes: Any) -> dict[str, Any]:
    info = {
        "type": "service_account",
        "project_id": PROJECT,
        "private_key_id": "0" * 40,
        "private_key": pem(),
        "client_email": SERVICE_ACCOUNT,
        "client_id": "1",
        "token_uri": token_uri,
    }
    return {k: v for k, v in (info | changes).items() if v is not None}


def user_login() -> dict[str, str]:
    return {"type": "authorized_user", "client_id": "c", "client_secret": "s" * 24, "refresh_token": "1//0" + "r" * 40}


def nothing(machine: Machine) -> str:
    return default(machine)


def file_missing(machine: Machine) -> str:
    return default(machine, GOOGLE_APPLICATION_CREDENTIALS=str(machine.home / "absent.json"))


def wrong_kind(machine: Machine) -> str:
    return named(machine, {"installed": {"client_id": "x", "client_secret": "y" * 24}})


def truncated(machine: Machine) -> str:
    return named(machine, json.dumps(service_account())[:400])


def line_breaks_lost(machine: Machine) -> str:
    return named(machine, service_account(private_key=pem().replace("\n", "\\n")))


def key_field_missing(machine: Machine) -> str:
    return named(machine, service_account(private_key=None))


def _refusing(machine: Machine, error: str, description: str, **more: str) -> str:
    """The token endpoint refuses a user's login. google-auth sends it to Google's own address, so that is replaced."""
    body = {"error": error, "error_description": description, **more}
    machine.file(".config/gcloud/application_default_credentials.json", user_login())
    with (
        answering((400, body)) as url,
        mock.patch("google.oauth2.credentials._GOOGLE_OAUTH2_TOKEN_ENDPOINT", f"{url}/token"),
    ):
        return default(machine)


def login_revoked(machine: Machine) -> str:
    return _refusing(machine, "invalid_grant", "Token has been expired or revoked.")


def reauth(machine: Machine) -> str:
    return _refusing(machine, "invalid_grant", "reauth related error (invalid_rapt)", error_subtype="invalid_rapt")


def client_deleted(machine: Machine) -> str:
    return _refusing(machine, "deleted_client", "The OAuth client was deleted.")


def _by_identity(machine: Machine, identity: GoogleIdentity, **changes: Any) -> str:
    """The laboratory's token endpoint, which checks the signed assertion as Google does, refuses a service account."""

    async def endpoint(scope: Any, receive: Any, send: Any) -> None:
        body = (await receive()).get("body", b"")
        await identity.token_response(body)(scope, receive, send)

    with running(endpoint) as url:
        path = identity.service_account(machine.home, f"{url}/token")
        info = {**json.loads(path.read_text(encoding="utf-8")), **changes}
        return named(machine, info)


def account_deleted(machine: Machine) -> str:
    return _by_identity(machine, GoogleIdentity(PROJECT), client_email=SERVICE_ACCOUNT)


def key_deleted(machine: Machine) -> str:
    return _by_identity(machine, GoogleIdentity(PROJECT), private_key=pem())


def clock_wrong(machine: Machine) -> str:
    from google.auth import _helpers

    late = _helpers.utcnow() + timedelta(hours=3)
    with mock.patch("google.auth._helpers.utcnow", return_value=late):
        return _by_identity(machine, GoogleIdentity(PROJECT))


def impersonation_denied(machine: Machine) -> str:
    permission = "iam.serviceAccounts.getAccessToken"
    refusal = google_errors.permission_denied(f"projects/-/serviceAccounts/{SERVICE_ACCOUNT}", permission).body
    refusal["error"]["message"] = f"Permission '{permission}' denied on resource (or it may not exist)."

    def answer(path: str, _body: bytes) -> Answer:
        if path.endswith("/token"):
            return 200, {"access_token": "t" * 40, "expires_in": 3599, "token_type": "Bearer"}
        return 403, refusal

    with (
        answering(answer) as url,
        mock.patch("google.oauth2.credentials._GOOGLE_OAUTH2_TOKEN_ENDPOINT", f"{url}/token"),
    ):
        target = f"{url}/v1/projects/-/serviceAccounts/{SERVICE_ACCOUNT}:generateAccessToken"
        with mock.patch("google.auth.iam._IAM_ENDPOINT", target.replace(SERVICE_ACCOUNT, "{}")):
            return named(
                machine,
                {
                    "type": "impersonated_service_account",
                    "service_account_impersonation_url": target,
                    "source_credentials": user_login(),
                    "delegates": [],
                },
            )


def federation_refused(machine: Machine) -> str:
    token = machine.file("oidc-token", "eyJhbGciOiJub25lIn0.e30.x")
    body = {
        "error": "invalid_grant",
        "error_description": "The audience in ID Token [https://ci.example] does not match the expected audience.",
    }
    with answering((400, body)) as url:
        return named(
            machine,
            {
                "type": "external_account",
                "audience": "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/ci/providers/ci",
                "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
                "token_url": f"{url}/v1/token",
                "credential_source": {"file": str(token)},
            },
        )


def federation_token_missing(machine: Machine) -> str:
    return named(
        machine,
        {
            "type": "external_account",
            "audience": "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/ci/providers/ci",
            "subject_token_type": "urn:ietf:params:oauth:token-type:jwt",
            "token_url": "http://127.0.0.1:9/v1/token",
            "credential_source": {"file": str(machine.home / "absent-token")},
        },
    )


def vertex(machine: Machine, url: str, model: str = CLAUDE, region: str = "us-east5") -> str:
    """The Anthropic SDK's Vertex client with google-auth's credentials meets a refusal."""
    from anthropic import AnthropicVertex
    from google.oauth2.credentials import Credentials

    machine.variables |= VERTEX
    machine.file(".config/gcloud/application_default_credentials.json", user_login() | {"quota_project_id": PROJECT})
    client = AnthropicVertex(
        region=region, project_id=PROJECT, base_url=f"{url}/v1", max_retries=0, credentials=Credentials(token="t" * 40)
    )
    client._ensure_access_token = lambda: "t" * 40  # type: ignore[method-assign]
    with machine.entered():
        return raised(
            lambda: client.messages.create(model=model, max_tokens=1, messages=[{"role": "user", "content": "hi"}])
        )


def answered(machine: Machine, error: google_errors.GoogleError) -> str:
    with answering((error.status, error.body)) as url:
        return vertex(machine, url)


def _resource(model: str = CLAUDE) -> str:
    return f"projects/{PROJECT}/locations/us-east5/publishers/anthropic/models/{model}"


def _info(status: int, message: str, reason: str) -> google_errors.GoogleError:
    detail = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "domain": "googleapis.com"}
    return google_errors.GoogleError(status, message, [detail])


def role_missing(machine: Machine) -> str:
    return answered(machine, google_errors.permission_denied(_resource()))


def api_disabled(machine: Machine) -> str:
    message = (
        "Vertex AI API has not been used in project 123456789012 before or it is disabled. Enable it by visiting the "
        "console then retry."
    )
    return answered(machine, _info(403, message, "SERVICE_DISABLED"))


def quota_project_denied(machine: Machine) -> str:
    message = (
        f"Caller does not have required permission to use project {PROJECT}. Grant the caller the "
        "roles/serviceusage.serviceUsageConsumer role, or a custom role with the serviceusage.services.use permission."
    )
    return answered(machine, _info(403, message, "USER_PROJECT_DENIED"))


def quota_project_missing(machine: Machine) -> str:
    message = (
        "Your application is authenticating by using local Application Default Credentials. The "
        "aiplatform.googleapis.com API requires a quota project, which is not set by default."
    )
    return answered(machine, _info(403, message, "SERVICE_DISABLED"))


def billing_off(machine: Machine) -> str:
    message = f"This API method requires billing to be enabled. Please enable billing on project #{PROJECT}."
    return answered(machine, _info(403, message, "BILLING_DISABLED"))


def not_enabled(machine: Machine) -> str:
    return answered(machine, google_errors.not_allowed(PROJECT, _resource()))


def region_without_model(machine: Machine) -> str:
    return answered(machine, google_errors.not_servable(_resource(), "us-east5"))


def not_found(machine: Machine) -> str:
    return answered(machine, google_errors.model_not_found(_resource()))


def quota(machine: Machine) -> str:
    return answered(machine, google_errors.quota_exceeded("anthropic-claude-sonnet-4-5"))


def token_refused(machine: Machine) -> str:
    emulator = VertexEmulator(project=PROJECT)
    with running(emulator) as url:
        return vertex(machine, url)


LOGIN = "gcloud auth application-default login"
STATES = (
    State("nothing", nothing, ("gcp_adc_missing",), (LOGIN,)),
    State("file-missing", file_missing, ("gcp_adc_missing",), ("GOOGLE_APPLICATION_CREDENTIALS", "absent.json")),
    State("login-revoked", login_revoked, ("gcp_reauth_required",), (LOGIN,)),
    State("reauth", reauth, ("gcp_reauth_required",), (LOGIN, "policy")),
    State("client-deleted", client_deleted, ("gcp_credential_file_invalid", "gcp_reauth_required"), ("gcloud",)),
    State("wrong-kind", wrong_kind, ("gcp_credential_file_invalid",), (LOGIN, "OAuth client")),
    State("truncated", truncated, ("gcp_credential_file_invalid",), ("key.json", "JSON")),
    State("line-breaks-lost", line_breaks_lost, ("gcp_credential_file_invalid",), ("private_key", "line breaks")),
    State("key-field-missing", key_field_missing, ("gcp_credential_file_invalid",), ("private_key",)),
    State("account-deleted", account_deleted, ("gcp_credential_file_invalid",), ("service-accounts", "deleted")),
    State("key-deleted", key_deleted, ("gcp_credential_file_invalid",), ("service-accounts keys create", "deleted")),
    State("clock-wrong", clock_wrong, ("gcp_credential_file_invalid",), ("clock", "timedatectl")),
    State(
        "impersonation-denied",
        impersonation_denied,
        ("gcp_iam_permission_denied",),
        ("roles/iam.serviceAccountTokenCreator", "add-iam-policy-binding"),
    ),
    State(
        "federation-audience", federation_refused, ("gcp_credential_file_invalid",), ("audience", "workload-identity")
    ),
    State("federation-token-missing", federation_token_missing, ("gcp_credential_file_invalid",), ("absent-token",)),
    State("role-missing", role_missing, ("gcp_iam_permission_denied",), ("roles/aiplatform.user", PROJECT)),
    State("api-disabled", api_disabled, ("gcp_project_setup_incomplete",), ("services enable aiplatform",)),
    State(
        "quota-project-denied",
        quota_project_denied,
        ("gcp_project_setup_incomplete", "gcp_iam_permission_denied"),
        ("roles/serviceusage.serviceUsageConsumer", PROJECT),
    ),
    State("quota-project-missing", quota_project_missing, ("gcp_project_setup_incomplete",), ("set-quota-project",)),
    State("billing-off", billing_off, ("gcp_project_setup_incomplete",), ("billing projects link",)),
    State("model-not-enabled", not_enabled, ("vertex_model_not_enabled",), ("Model Garden", "claude-sonnet-4-5")),
    State("region-without-model", region_without_model, ("vertex_region_unsupported",), ("CLOUD_ML_REGION", "global")),
    State("not-found", not_found, ("vertex_model_not_enabled",), ("Model Garden", "claude-sonnet-4-5")),
    State("quota", quota, ("vertex_quota_exhausted",), ("quota", "global")),
    State("token-refused", token_refused, ("gcp_adc_missing", "gcp_credential_file_invalid"), ("gcloud auth",)),
)
