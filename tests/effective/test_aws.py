"""Which AWS credentials Claude Code would use: the order measured on both releases, every defect with its place."""

from __future__ import annotations

import json
import time
from datetime import datetime, timedelta, timezone
from hashlib import sha1, sha256
from pathlib import Path
from typing import Any

import pytest

from mcp_server.diagnose.aws import aws_states
from mcp_server.effective.aws import AwsView, aws_view
from mcp_server.effective.aws_files import iso_time, read_aws_file, read_token
from mcp_server.environment import snapshot
from mcp_server.snapshot import Snapshot

NOW = time.time()
SECRET = "s" * 40


def key(word: str, prefix: str = "AK") -> str:
    return prefix + "IA" + (word + "X" * 16)[:16]


def pair(word: str, **more: str) -> dict[str, str]:
    return {"AWS_ACCESS_KEY_ID": key(word), "AWS_SECRET_ACCESS_KEY": SECRET, **more}


def profile(name: str, word: str, more: str = "") -> str:
    return f"[{name}]\naws_access_key_id = {key(word)}\naws_secret_access_key = {SECRET}\n{more}\n"


def machine(
    folder: Path, shell: dict[str, str], files: dict[str, str], settings: dict[str, Any] | None = None
) -> Snapshot:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content.replace("{home}", str(folder)), encoding="utf-8")
    if settings is not None:
        (folder / ".claude").mkdir()
        (folder / ".claude/settings.json").write_text(json.dumps(settings), encoding="utf-8")
    return snapshot(shell=shell, home=folder, project=folder / "p", managed=folder / "m", run_claude=False)


def view(folder: Path, shell: dict[str, str], **files: str) -> AwsView:
    named = {f".aws/{name.replace('_', '/')}": content for name, content in files.items()}
    return aws_view(machine(folder, shell, named), NOW)


#: What a recorder saw in the Authorization header of both releases: variables, files, and whose key signed.
MEASURED: dict[str, tuple[dict[str, str], dict[str, str], str]] = {
    "keys alone": (pair("ENV"), {}, "AWS_ACCESS_KEY_ID"),
    "a profile beats keys": (pair("ENV", AWS_PROFILE="p"), {"credentials": profile("p", "CRED")}, "credentials:2"),
    "both files": (
        {},
        {"credentials": profile("default", "CRED"), "config": profile("default", "CONF")},
        "credentials:2",
    ),
    "config alone": ({"AWS_PROFILE": "p"}, {"config": profile("profile p", "CONF")}, "config:2"),
    "half a pair is passed over": (
        {"AWS_ACCESS_KEY_ID": key("ENV")},
        {"credentials": profile("default", "CRED")},
        "credentials:2",
    ),
    "AWS_DEFAULT_PROFILE is not read": (
        {"AWS_DEFAULT_PROFILE": "p"},
        {"credentials": profile("default", "CRED") + profile("p", "OTHER")},
        "credentials:2",
    ),
    "static keys beat SSO": (
        {},
        {
            "credentials": profile("default", "CRED"),
            "config": "[default]\nsso_session = corp\nsso_account_id = 1\nsso_role_name = dev\n",
        },
        "credentials:2",
    ),
    "a broken config file is read on": (
        {"AWS_PROFILE": "p"},
        {"config": "[profile p\nbroken line\n", "credentials": profile("p", "CRED")},
        "credentials:2",
    ),
    "the default profile beats web identity": (
        {"AWS_ROLE_ARN": "arn:aws:iam::1:role/r", "AWS_WEB_IDENTITY_TOKEN_FILE": "/etc/hostname"},
        {"credentials": profile("default", "CRED")},
        "credentials:2",
    ),
}


@pytest.mark.parametrize("name", MEASURED)
def test_the_source_in_force_is_the_one_that_signed_in_the_measurement(name: str, tmp_path: Path) -> None:
    shell, files, where = MEASURED[name]
    chosen = view(tmp_path, shell, **files).chosen
    assert chosen is not None
    assert chosen.cause is None
    assert f"{chosen.name} {chosen.where}".find(where) >= 0


def test_a_missing_profile_hides_good_keys_and_names_those_that_exist(tmp_path: Path) -> None:
    seen = view(tmp_path, pair("ENV", AWS_PROFILE="nope"), credentials=profile("p", "CRED"))
    assert seen.chosen is not None
    assert (seen.chosen.cause, seen.chosen.cure) == ("aws_credentials_missing", "profile")
    assert "there: p" in seen.chosen.detail
    assert seen.hidden[0].skipped
    assert any("LiteLLM and the AWS CLI take the keys" in note for note in seen.notes)


def test_the_bedrock_key_beats_everything_and_its_form_is_checked(tmp_path: Path) -> None:
    good = view(tmp_path, pair("ENV", AWS_BEARER_TOKEN_BEDROCK="ABSK" + "b" * 60)).chosen
    assert good is not None
    assert (good.name, good.cause) == ("AWS_BEARER_TOKEN_BEDROCK", None)
    bad = view(tmp_path, {"AWS_BEARER_TOKEN_BEDROCK": "sk-" + "b" * 40}).chosen
    assert bad is not None
    assert (bad.cause, bad.cure) == ("aws_credentials_wrong", "bearer")


def test_a_command_of_the_settings_beats_the_environment(tmp_path: Path) -> None:
    settings = {"awsCredentialExport": "print-keys --secret hunter2", "awsAuthRefresh": "aws sso login"}
    seen = aws_view(machine(tmp_path, pair("ENV"), {}, settings), NOW)
    assert seen.chosen is not None
    assert seen.chosen.name == "awsCredentialExport"
    assert "hunter2" not in repr(seen)
    assert any(note.startswith("awsAuthRefresh") for note in seen.notes)


@pytest.mark.parametrize(
    ("shell", "config", "value", "source"),
    [
        ({"AWS_REGION": "eu-west-2", "AWS_DEFAULT_REGION": "eu-west-1"}, "", "eu-west-2", "shell"),
        ({"AWS_DEFAULT_REGION": "eu-west-1"}, "[default]\nregion = eu-central-1\n", "eu-west-1", "shell"),
        ({}, "[default]\nregion = eu-central-1\n", "eu-central-1", "config:2"),
        ({"AWS_PROFILE": "p"}, "[default]\nregion = x\n[profile p]\nregion = eu-north-1\n", "eu-north-1", "config:4"),
    ],
)
def test_the_region_comes_from_two_variables_and_then_from_the_profile(
    shell: dict[str, str], config: str, value: str, source: str, tmp_path: Path
) -> None:
    region = view(tmp_path, shell, config=config).region
    assert region is not None
    assert region.value == value
    assert source in region.source


def cached(folder: Path, name: str, minutes: float, cache: str = "sso", **more: Any) -> None:
    ends = datetime.fromtimestamp(NOW, timezone.utc) + timedelta(minutes=minutes)
    token = {"accessToken": "t" * 40, "expiresAt": ends.strftime("%Y-%m-%dT%H:%M:%SZ"), **more}
    path = folder / f".aws/{cache}/cache/{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(token), encoding="utf-8")


SSO = (
    "[profile dev]\nsso_session = corp\nsso_account_id = 1\nsso_role_name = dev\n"
    "[sso-session corp]\nsso_start_url = https://corp.example/start\nsso_region = us-east-1\n"
)


@pytest.mark.parametrize(
    ("minutes", "more", "cause", "words"),
    [
        (43, {}, None, "ends in 43 minutes"),
        (-12, {}, "aws_credentials_expired", "12 minutes ago"),
        (-12, {"refreshToken": "r" * 20, "registrationExpiresAt": "2999-01-01T00:00:00Z"}, None, "renews it"),
        (
            -12,
            {"refreshToken": "r" * 20, "registrationExpiresAt": "2001-01-01T00:00:00Z"},
            "aws_credentials_expired",
            "",
        ),
    ],
)
def test_an_sso_sign_in_is_told_with_its_minutes(
    minutes: float, more: dict[str, Any], cause: str | None, words: str, tmp_path: Path
) -> None:
    cached(tmp_path, sha1(b"corp").hexdigest(), minutes, **more)
    chosen = view(tmp_path, {"AWS_PROFILE": "dev"}, config=SSO).chosen
    assert chosen is not None
    assert chosen.cause == cause
    assert words in chosen.detail


def test_an_aws_login_session_is_found_in_its_own_cache(tmp_path: Path) -> None:
    name = sha256(b"arn:aws:iam::1:user/me").hexdigest()
    inner = {"accessKeyId": "k", "expiresAt": "2001-01-01T00:00:00Z"}
    cached(tmp_path, name, 0, "login", accessToken=inner)
    config = "[default]\nlogin_session = arn:aws:iam::1:user/me\n"
    chosen = view(tmp_path, {}, config=config).chosen
    assert chosen is not None
    assert (chosen.cause, chosen.cure) == ("aws_credentials_expired", "login")


ROLE = "role_arn = arn:aws:iam::1:role/r\n"
BROKEN: dict[str, tuple[str, str, str]] = {
    "ring": (
        f"[profile dev]\n{ROLE}source_profile = b\n[profile b]\n{ROLE}source_profile = dev\n",
        "profile",
        "itself",
    ),
    "no source": (f"[profile dev]\n{ROLE}", "profile", "neither source_profile nor credential_source"),
    "odd source": (f"[profile dev]\n{ROLE}credential_source = Vault\n", "profile", "must be one of"),
    "code asked": (f"[profile dev]\n{ROLE}source_profile = b\nmfa_serial = x\n", "mfa", "MFA code"),
    "token file": (f"[profile dev]\n{ROLE}web_identity_token_file = /absent/t\n", "token_file", "does not exist"),
    "half": (f"[profile dev]\naws_access_key_id = {key('A')}\n", "half", "aws_secret_access_key is missing"),
    "program": ("[profile dev]\ncredential_process = /absent/get --pw x\n", "process", "/absent/get"),
    "session section": (SSO.partition("[sso-session")[0], "sso_profile", "no section [sso-session corp]"),
    "SSO fields": ("[profile dev]\nsso_session = corp\n", "sso_profile", "sso_account_id and sso_role_name"),
    "empty": ("[profile dev]\nregion = us-east-1\n", "profile", "holds no credentials"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_defect_of_a_profile_is_named_with_file_and_line(name: str, tmp_path: Path) -> None:
    config, cure, words = BROKEN[name]
    chosen = view(tmp_path, {"AWS_PROFILE": "dev"}, config=config).chosen
    assert chosen is not None
    assert chosen.cure == cure
    assert words in chosen.detail
    assert "config:" in chosen.where


@pytest.mark.parametrize(
    ("text", "kind", "line", "words"),
    [
        ("[profile p\n", "config", 1, "not closed"),
        ("a = b\n[default]\n", "config", 1, "before the first section"),
        ("[default]\nnonsense\n", "config", 2, "no = sign"),
        ("[dev]\nregion = x\n", "config", 1, "wants [profile dev]"),
        ("[profile dev]\n", "credentials", 1, "without the word profile"),
        ("[default]\n[default]\n", "credentials", 2, "stands twice"),
    ],
)
def test_a_line_that_nobody_reads_as_meant_is_named(text: str, kind: Any, line: int, words: str) -> None:
    odd = read_aws_file(text, "f", kind).odd
    assert [number for number, problem in odd if words in problem] == [line]


def test_continued_and_nested_lines_are_no_defect() -> None:
    assert (
        read_aws_file("[default]\ns3 =\n  max_queue_size = 10\nregion = eu-west-1 \n# note\n", "f", "config").odd == ()
    )


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"accessToken": "x"}', '{"accessToken": "x", "expiresAt": 5}', "[[" * 9_000]
)
def test_a_broken_cache_file_is_a_problem_and_no_crash(text: str) -> None:
    assert read_token(text, "f").problem


def test_times_of_the_cache_are_read_in_every_form() -> None:
    assert iso_time("2001-01-01T00:00:00Z") == iso_time("2001-01-01T00:00:00UTC") == 978307200.0
    assert iso_time("soon") is None


def test_unusable_files_are_said_and_nothing_is_raised(tmp_path: Path) -> None:
    (tmp_path / ".aws/config").mkdir(parents=True)
    (tmp_path / ".aws/credentials").write_bytes(b"\xff\xfe[default]")
    seen = machine(tmp_path, {"CLAUDE_CODE_USE_BEDROCK": "1", "AWS_WEB_IDENTITY_TOKEN_FILE": "a\0b"}, {})
    details = " ".join(state.detail for state in aws_states(seen, NOW))
    assert "is not a regular file" in details
    assert "is not UTF-8 text" in details
