"""Signatures by this machine's AWS keys: who is asked for them, and what is said when there are none."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from starlette.responses import JSONResponse

from mcp_server.lab.serve import running
from mcp_server.net import aws_signing
from mcp_server.net.aws_signing import AwsCredentialError, aws_signer
from mcp_server.operations import test_model as operation
from mcp_server.snapshot import Snapshot

KEYS = {"AWS_ACCESS_KEY_ID": "AK" + "IA" + "B" * 16, "AWS_SECRET_ACCESS_KEY": "c" * 40}
URL = "https://bedrock-runtime.eu-west-1.amazonaws.com/model/eu.anthropic.claude-opus-5-5/invoke"


@pytest.fixture(autouse=True)
def _elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not on a machine of Amazon, whatever runs the tests."""
    monkeypatch.setattr(aws_signing, "_VENDOR", Path("/nonexistent"))


def machine(**variables: str) -> Snapshot:
    return Snapshot(shell=variables, client_version="2.1.330", home="/nonexistent")


def test_the_signature_covers_region_service_token_and_body_and_leaves_the_other_headers() -> None:
    sign = aws_signer(machine(**KEYS, AWS_SESSION_TOKEN="a-token"), "eu-west-1", "bedrock")
    sent = sign("POST", URL, {"content-type": "application/json", "accept-encoding": "gzip", "user-agent": "u"}, b"{}")
    assert "/eu-west-1/bedrock/aws4_request" in sent["authorization"]
    assert sent["x-amz-security-token"] == "a-token"
    assert sent["accept-encoding"] == "gzip"
    signed = sent["authorization"].partition("SignedHeaders=")[2].partition(",")[0].split(";")
    assert {"content-type", "host", "x-amz-content-sha256", "x-amz-date", "x-amz-security-token"} <= set(signed)
    assert not {"accept-encoding", "user-agent"} & set(signed)
    assert sent["x-amz-content-sha256"] != sign("POST", URL, {}, b"other")["x-amz-content-sha256"]


@pytest.mark.parametrize(
    ("variables", "cause"),
    [
        ({}, "aws_credentials_missing"),
        ({"AWS_PROFILE": "nobody"}, "aws_credentials_missing"),
        ({"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://169.254.170.23/v1/credentials"}, ""),
    ],
)
def test_without_keys_it_says_so_and_asks_no_metadata_server(variables: dict[str, str], cause: str) -> None:
    with pytest.raises(AwsCredentialError) as refused:
        aws_signer(machine(**variables), "us-east-1", "bedrock")
    assert refused.value.cause == cause


def test_no_role_of_the_machine_is_asked_for_even_where_a_server_would_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    async def metadata(scope: Any, receive: Any, send: Any) -> None:
        asked.append(scope["path"])
        await JSONResponse({"AccessKeyId": "a", "SecretAccessKey": "b", "Token": "c"})(scope, receive, send)

    with running(metadata) as url:
        monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"{url}/container")
        monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", url)
        with pytest.raises(AwsCredentialError):
            aws_signer(machine(), "us-east-1", "bedrock")
    assert [path for path in asked if path] == []


def test_on_a_machine_with_a_role_of_its_own_it_does_not_judge(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    vendor = tmp_path / "sys_vendor"
    vendor.write_text("Amazon EC2\n", encoding="ascii")
    monkeypatch.setattr(aws_signing, "_VENDOR", vendor)
    with pytest.raises(AwsCredentialError) as refused:
        aws_signer(machine(), "us-east-1", "bedrock")
    assert refused.value.cause == ""


@pytest.mark.anyio
async def test_without_botocore_the_answer_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "botocore"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "botocore", None)
    bedrock = machine(**KEYS, CLAUDE_CODE_USE_BEDROCK="1", ANTHROPIC_BEDROCK_BASE_URL="http://127.0.0.1:9")
    answer = await operation.run(snapshot=bedrock)
    assert answer.verdict == "unknown"
    assert "botocore" in answer.quick_answer
    assert "llm-gateway-assistant[aws]" in answer.quick_answer
    assert KEYS["AWS_SECRET_ACCESS_KEY"] not in answer.model_dump_json()
