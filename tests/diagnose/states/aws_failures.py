"""Failure states of AWS credentials and Bedrock, raised by the real botocore against laboratory endpoints."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from hashlib import sha1
from typing import Any
from unittest import mock

from mcp_server.lab.bedrock import BedrockEmulator
from mcp_server.lab.serve import running

from .state_machine import Answer, Machine, State, answering, raised

MODEL = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
BARE = "anthropic.claude-sonnet-4-5-20250929-v1:0"
BODY = json.dumps(
    {"anthropic_version": "bedrock-2023-05-31", "max_tokens": 1, "messages": [{"role": "user", "content": "hi"}]}
)
ROLE = "arn:aws:iam::123456789012:role/bedrock"
KEY_ID, SECRET = "AK" + "IA" + "LABORATORY" + "ABCDEF", "s" * 40
TEMPORARY = "AS" + "IA" + "LABORATORY" + "ABCDEF"
REGION = {"AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "us-east-1"}
BEDROCK = {"CLAUDE_CODE_USE_BEDROCK": "1", **REGION}
SSO = (
    "[profile dev]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = dev\nregion = us-east-1\n"
    "[sso-session corp]\nsso_start_url = https://corp.example/start\nsso_region = us-east-1\n"
)


def session(machine: Machine) -> Any:
    import botocore.session

    return botocore.session.Session()


def credentials(machine: Machine, whole: bool = False) -> str:
    """What a Bedrock call says that never gets as far as the network."""
    with machine.entered():
        return raised(lambda: _invoked(_client(machine, "http://127.0.0.1:9"), MODEL), whole=whole)


def _client(machine: Machine, url: str, **options: Any) -> Any:
    from botocore.config import Config

    config = Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=5, **options)
    return session(machine).create_client("bedrock-runtime", endpoint_url=url, config=config)


def _invoked(client: Any, model: str) -> None:
    try:
        client.invoke_model(modelId=model, body=BODY)
    finally:
        client.close()


def invoke(machine: Machine, url: str, model: str = MODEL) -> str:
    with machine.entered():
        return raised(lambda: _invoked(_client(machine, url), model))


def refused(machine: Machine, status: int, name: str, message: str) -> str:
    """Bedrock's front end refuses the call of a machine whose keys are in order."""
    machine.variables |= {**BEDROCK, "AWS_ACCESS_KEY_ID": KEY_ID, "AWS_SECRET_ACCESS_KEY": SECRET}
    with answering((status, {"message": message}, {"x-amzn-errortype": name})) as url:
        return invoke(machine, url)


def emulated(machine: Machine, emulator: BedrockEmulator, model: str = MODEL, **changes: str) -> str:
    machine.variables |= {**BEDROCK, **emulator.environment, "ANTHROPIC_MODEL": model, **changes}
    with running(emulator) as url:
        return invoke(machine, url, model)


def nothing(machine: Machine) -> str:
    machine.variables |= BEDROCK
    return credentials(machine)


def half(machine: Machine) -> str:
    machine.variables |= {**BEDROCK, "AWS_ACCESS_KEY_ID": KEY_ID}
    return credentials(machine)


def no_profile(machine: Machine) -> str:
    machine.file(".aws/config", "[profile staging]\nregion = us-east-1\n")
    machine.variables |= {**BEDROCK, "AWS_PROFILE": "production"}
    return credentials(machine)


def no_region(machine: Machine) -> str:
    machine.variables |= {"CLAUDE_CODE_USE_BEDROCK": "1", "AWS_ACCESS_KEY_ID": KEY_ID, "AWS_SECRET_ACCESS_KEY": SECRET}
    return credentials(machine)


def never_signed_in(machine: Machine) -> str:
    machine.file(".aws/config", SSO)
    machine.variables |= {**BEDROCK, "AWS_PROFILE": "dev"}
    return credentials(machine)


def _token(machine: Machine, name: str) -> None:
    ended = (datetime.now(timezone.utc) - timedelta(hours=3)).strftime("%Y-%m-%dT%H:%M:%SZ")
    token = {
        "startUrl": "https://corp.example/start",
        "region": "us-east-1",
        "accessToken": "t" * 40,
        "expiresAt": ended,
    }
    machine.file(f".aws/sso/cache/{sha1(name.encode()).hexdigest()}.json", token)


def sso_ended(machine: Machine) -> str:
    machine.file(".aws/config", SSO)
    _token(machine, "corp")
    machine.variables |= {**BEDROCK, "AWS_PROFILE": "dev"}
    return credentials(machine)


def sso_ended_old_form(machine: Machine) -> str:
    old = "[profile dev]\nsso_start_url = https://corp.example/start\nsso_region = us-east-1\n"
    machine.file(".aws/config", old + "sso_account_id = 123456789012\nsso_role_name = dev\n")
    _token(machine, "https://corp.example/start")
    machine.variables |= {**BEDROCK, "AWS_PROFILE": "dev"}
    return credentials(machine)


def process_fails(machine: Machine) -> str:
    script = machine.file("get-keys.sh", "#!/bin/sh\necho 'vault is sealed' >&2\nexit 1\n", 0o700)
    machine.file(".aws/config", f"[profile dev]\ncredential_process = {script}\n")
    machine.variables |= {**BEDROCK, "AWS_PROFILE": "dev"}
    return credentials(machine)


def process_prints_words(machine: Machine) -> str:
    script = machine.file("get-keys.sh", "#!/bin/sh\necho please log in\n", 0o700)
    machine.file(".aws/config", f"[profile dev]\ncredential_process = {script}\n")
    machine.variables |= {**BEDROCK, "AWS_PROFILE": "dev"}
    return credentials(machine, whole=True)


def source_profile_missing(machine: Machine) -> str:
    machine.file(".aws/config", f"[profile dev]\nrole_arn = {ROLE}\nsource_profile = base\n")
    machine.variables |= {**BEDROCK, "AWS_PROFILE": "dev"}
    return credentials(machine)


def config_broken(machine: Machine) -> str:
    machine.file(".aws/config", "[profile dev\nregion = us-east-1\n")
    machine.variables |= {**BEDROCK, "AWS_PROFILE": "dev"}
    return credentials(machine)


def token_file_missing(machine: Machine) -> str:
    path = str(machine.home / "token")
    machine.variables |= {**BEDROCK, "AWS_ROLE_ARN": ROLE, "AWS_WEB_IDENTITY_TOKEN_FILE": path}
    return credentials(machine)


def _sts_refuses(status: int, code: str, message: str) -> Answer:
    body = (
        f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>"
        "<RequestId>1</RequestId></ErrorResponse>"
    )
    return status, body, {"content-type": "text/xml"}


def role_denied(machine: Machine) -> str:
    machine.file(".aws/config", f"[profile dev]\nrole_arn = {ROLE}\nsource_profile = base\n")
    machine.file(".aws/credentials", f"[base]\naws_access_key_id = {KEY_ID}\naws_secret_access_key = {SECRET}\n")
    message = (
        f"User: arn:aws:iam::123456789012:user/me is not authorized to perform: sts:AssumeRole on resource: {ROLE}"
    )
    with answering(_sts_refuses(403, "AccessDenied", message)) as url:
        machine.variables |= {**BEDROCK, "AWS_PROFILE": "dev", "AWS_ENDPOINT_URL_STS": url}
        return credentials(machine)


def web_identity_denied(machine: Machine) -> str:
    token = machine.file("token", "eyJhbGciOiJub25lIn0.e30.x")
    with answering(_sts_refuses(403, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity")) as url:
        machine.variables |= {
            **BEDROCK, "AWS_ROLE_ARN": ROLE, "AWS_WEB_IDENTITY_TOKEN_FILE": str(token), "AWS_ENDPOINT_URL_STS": url,
        }  # fmt: skip
        return credentials(machine)


def session_ended(machine: Machine) -> str:
    return emulated(machine, BedrockEmulator(session_token="t" * 60, expired=True))


def key_unknown(machine: Machine) -> str:
    return emulated(machine, BedrockEmulator(), AWS_ACCESS_KEY_ID=KEY_ID)


def session_token_left_out(machine: Machine) -> str:
    emulator = BedrockEmulator(session_token="t" * 60)
    machine.variables |= {**BEDROCK, **emulator.environment}
    del machine.variables["AWS_SESSION_TOKEN"]
    with running(emulator) as url:
        return invoke(machine, url)


def secret_wrong(machine: Machine) -> str:
    return emulated(machine, BedrockEmulator(), AWS_SECRET_ACCESS_KEY=SECRET)


def clock_wrong(machine: Machine) -> str:
    early = datetime.now(timezone.utc) - timedelta(hours=2)
    with mock.patch("botocore.auth.get_current_datetime", return_value=early.replace(tzinfo=None)):
        return emulated(machine, BedrockEmulator())


def no_access(machine: Machine) -> str:
    return emulated(machine, BedrockEmulator(no_access=[BARE]))


def not_allowed(machine: Machine) -> str:
    message = (
        "User: arn:aws:sts::123456789012:assumed-role/dev/me is not authorized to perform: bedrock:InvokeModel on "
        f"resource: arn:aws:bedrock:us-east-1:123456789012:inference-profile/{MODEL} because no identity-based policy "
        "allows the bedrock:InvokeModel action"
    )
    return refused(machine, 403, "AccessDeniedException", message)


def denied_by_organisation(machine: Machine) -> str:
    message = (
        "User: arn:aws:sts::123456789012:assumed-role/dev/me is not authorized to perform: bedrock:InvokeModel on "
        f"resource: arn:aws:bedrock:us-west-2::foundation-model/{BARE} with an explicit deny in a service "
        "control policy"
    )
    return refused(machine, 403, "AccessDeniedException", message)


def form_missing(machine: Machine) -> str:
    message = (
        "Model use case details have not been submitted for this account. Fill out the Anthropic use case details form "
        "before using the model."
    )
    return refused(machine, 404, "ResourceNotFoundException", message)


def profile_needed(machine: Machine) -> str:
    return emulated(machine, BedrockEmulator(), BARE)


def id_unknown(machine: Machine) -> str:
    return emulated(machine, BedrockEmulator(), "claude-sonnet-4-5")


def other_region(machine: Machine) -> str:
    return emulated(machine, BedrockEmulator("eu-central-1"), MODEL)


def signed_for_other_region(machine: Machine) -> str:
    return emulated(machine, BedrockEmulator("eu-central-1"), AWS_REGION="us-east-1", AWS_DEFAULT_REGION="us-east-1")


def throttled(machine: Machine) -> str:
    return refused(machine, 429, "ThrottlingException", "Too many tokens, please wait before trying again.")


def bearer_ended(machine: Machine) -> str:
    machine.variables |= {**BEDROCK, "AWS_BEARER_TOKEN_BEDROCK": "bedrock-api-key-" + "YmVk" * 20}
    message = "Bearer Token has expired"
    with answering((403, {"Message": message}, {"x-amzn-errortype": "AccessDeniedException"})) as url:
        return _by_bearer(machine, url)


def bearer_unknown(machine: Machine) -> str:
    machine.variables |= {**BEDROCK, "AWS_BEARER_TOKEN_BEDROCK": "ABSK" + "QmVk" * 20}
    message = "Authentication failed: Please make sure your API Key is valid."
    with answering((403, {"Message": message}, {"x-amzn-errortype": "AccessDeniedException"})) as url:
        return _by_bearer(machine, url)


def _by_bearer(machine: Machine, url: str) -> str:
    """botocore sends a Bedrock API key over https only; the check of the scheme is the one thing replaced here."""
    with machine.entered(), mock.patch("botocore.auth.BearerAuth.add_auth", _plain_bearer):
        return raised(lambda: _invoked(_client(machine, url), MODEL))


def _plain_bearer(signer: Any, request: Any) -> None:
    request.headers["Authorization"] = f"Bearer {signer.auth_token.token if hasattr(signer, 'auth_token') else ''}"


STATES = (
    State("no-credentials", nothing, ("aws_credentials_missing",), ("AWS_PROFILE|aws sso login|aws configure",)),
    State("half-a-pair", half, ("aws_credentials_missing",), ("AWS_SECRET_ACCESS_KEY",)),
    State("profile-missing", no_profile, ("aws_credentials_missing",), ("production", "staging|list-profiles")),
    State(
        "region-missing", no_region, ("aws_credentials_missing", "bedrock_model_id_invalid"), ("AWS_DEFAULT_REGION",)
    ),
    State("sso-never-signed-in", never_signed_in, ("aws_credentials_expired",), ("aws sso login --profile dev",)),
    State("sso-ended", sso_ended, ("aws_credentials_expired",), ("aws sso login --profile dev", "minutes ago")),
    State("sso-ended-old-form", sso_ended_old_form, ("aws_credentials_expired",), ("aws sso login --profile dev",)),
    State("process-fails", process_fails, ("aws_credentials_missing",), ("credential_process",)),
    State("process-prints-words", process_prints_words, ("aws_credentials_missing",), ("credential_process",)),
    State("source-profile-missing", source_profile_missing, ("aws_credentials_missing",), ("source_profile base",)),
    State("config-broken", config_broken, ("aws_credentials_missing",), (r"config:1\b", "closed|parse")),
    State("token-file-missing", token_file_missing, ("aws_credentials_missing",), ("AWS_WEB_IDENTITY_TOKEN_FILE",)),
    State("role-denied", role_denied, ("aws_credentials_wrong",), ("sts:AssumeRole", "trust policy")),
    State(
        "web-identity-denied",
        web_identity_denied,
        ("aws_credentials_wrong",),
        ("sts:AssumeRoleWithWebIdentity", "trust policy"),
    ),
    State("session-ended", session_ended, ("aws_credentials_expired",), ("aws sso login|new session|temporary",)),
    State("key-unknown", key_unknown, ("aws_credentials_wrong",), ("aws sts get-caller-identity",)),
    State("session-token-left-out", session_token_left_out, ("aws_credentials_wrong",), ("AWS_SESSION_TOKEN",)),
    State("secret-wrong", secret_wrong, ("aws_credentials_wrong",), ("AWS_SECRET_ACCESS_KEY",)),
    State("clock-wrong", clock_wrong, ("aws_credentials_wrong", "aws_credentials_expired"), ("clock", "timedatectl")),
    State(
        "model-access-missing", no_access, ("bedrock_model_access_missing",), ("bedrock:InvokeModel", "use-case form")
    ),
    State("action-not-allowed", not_allowed, ("bedrock_model_access_missing",), (r"bedrock:InvokeModel\b", "policy")),
    State(
        "organisation-denies",
        denied_by_organisation,
        ("bedrock_model_access_missing",),
        ("service control polic", "us-west-2"),
    ),
    State("form-missing", form_missing, ("bedrock_model_access_missing",), ("use-case form",)),
    State(
        "profile-needed", profile_needed, ("bedrock_inference_profile_required",), ("list-inference-profiles", "us\\.")
    ),
    State("id-unknown", id_unknown, ("bedrock_model_id_invalid",), ("list-inference-profiles", "claude-sonnet-4-5")),
    State("id-of-other-region", other_region, ("bedrock_model_id_invalid",), ("AWS_REGION",)),
    State(
        "signed-for-other-region",
        signed_for_other_region,
        ("aws_credentials_wrong", "bedrock_model_id_invalid"),
        ("eu-central-1|AWS_REGION",),
    ),
    State("throttled", throttled, ("bedrock_throttled",), ("service-quotas", "CLAUDE_CODE_MAX_OUTPUT_TOKENS")),
    State("bearer-ended", bearer_ended, ("aws_credentials_expired",), ("AWS_BEARER_TOKEN_BEDROCK",)),
    State("bearer-unknown", bearer_unknown, ("aws_credentials_wrong",), ("AWS_BEARER_TOKEN_BEDROCK",)),
)
