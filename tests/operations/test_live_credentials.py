"""``live=true``: the least call that decides, announced, bounded, and no word of the service repeated."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent.parent / "diagnose"))

from states.state_machine import Answer, Machine, answering

from mcp_server.answer import Answer as Told
from mcp_server.operations.diagnose_auth import run

pytestmark = pytest.mark.anyio
KEY_ID, SECRET = "AK" + "IA" + "LABORATORY" + "ABCDEF", "q7" * 20
TOKEN = "sk-" + "Zq8" * 12
WHO = (
    "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/me</Arn>"
    "<UserId>U</UserId><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
)
REFUSED = "<ErrorResponse><Error><Code>{}</Code><Message>{} " + SECRET + "</Message></Error></ErrorResponse>"
XML = {"content-type": "text/xml"}


def aws(folder: Path, **variables: str) -> Machine:
    keys = {"AWS_ACCESS_KEY_ID": KEY_ID, "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_REGION": "us-east-1"}
    return Machine(folder, {"CLAUDE_CODE_USE_BEDROCK": "1", **keys, **variables})


def gateway(folder: Path, url: str) -> Machine:
    return Machine(folder, {"ANTHROPIC_BASE_URL": url, "ANTHROPIC_AUTH_TOKEN": TOKEN})


def whole(answer: Told) -> str:
    return json.dumps(answer.document(), ensure_ascii=False)


async def live(machine: Machine, provider: str = "auto") -> Told:
    answer = await run(provider=provider, live=True, snapshot=machine.snapshot())
    assert SECRET not in whole(answer)
    assert TOKEN not in whole(answer)
    return answer


async def test_sts_names_the_caller(tmp_path: Path) -> None:
    with answering((200, WHO, XML)) as url:
        answer = await live(aws(tmp_path, AWS_ENDPOINT_URL_STS=url), "aws")
    assert "arn:aws:iam::123456789012:user/me" in whole(answer)
    assert any(check.status == "pass" and "aws" in check.title for check in answer.verification)
    assert answer.context[0].startswith("Sent because a live check was asked for: AWS STS GetCallerIdentity")


@pytest.mark.parametrize(
    ("code", "message", "cause"),
    [
        ("InvalidClientTokenId", "The security token included in the request is invalid", "aws_credentials_wrong"),
        ("ExpiredToken", "The security token included in the request is expired", "aws_credentials_expired"),
        ("SignatureDoesNotMatch", "The request signature we calculated does not match", "aws_credentials_wrong"),
    ],
)
async def test_a_refusal_by_sts_becomes_a_cause_and_is_not_repeated(
    code: str, message: str, cause: str, tmp_path: Path
) -> None:
    with answering((403, REFUSED.format(code, message), XML)) as url:
        answer = await live(aws(tmp_path, AWS_ENDPOINT_URL_STS=url), "aws")
    assert (answer.findings[0].id, answer.verdict) == (cause, "errors")


async def test_an_sts_that_does_not_answer_decides_nothing(tmp_path: Path) -> None:
    answer = await live(aws(tmp_path, AWS_ENDPOINT_URL_STS="http://127.0.0.1:9"), "aws")
    assert answer.verdict != "ok"
    assert not any(check.status == "pass" for check in answer.verification)


async def test_without_botocore_it_says_what_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    answer = await live(aws(tmp_path), "aws")
    assert "needs botocore" in whole(answer)


async def test_a_bedrock_key_is_tried_with_a_list(tmp_path: Path) -> None:
    key = {"AWS_BEARER_TOKEN_BEDROCK": "ABSK" + "q7" * 30}
    with answering((200, {"modelSummaries": []})) as url:
        answer = await live(aws(tmp_path, **key, AWS_ENDPOINT_URL_BEDROCK=url), "aws")
    assert "the Bedrock API key is accepted" in whole(answer)
    refusal = {"Message": f"Bearer Token has expired {SECRET}"}
    with answering((403, refusal, {"x-amzn-errortype": "AccessDeniedException"})) as url:
        answer = await live(aws(tmp_path, **key, AWS_ENDPOINT_URL_BEDROCK=url), "aws")
    assert answer.findings[0].id == "aws_credentials_expired"
    assert "AWS_BEARER_TOKEN_BEDROCK" in answer.findings[0].fix


async def test_a_gateway_key_is_tried_with_the_list_of_models_and_litellms_own_record(tmp_path: Path) -> None:
    info = {"info": {"expires": "2026-12-01T00:00:00Z", "spend": 3.5, "max_budget": 10, "token": SECRET, "models": []}}

    def answer_to(path: str, _body: bytes) -> Answer:
        content: Any = info if path == "/key/info" else {"data": [{"id": "claude-sonnet-4-5"}]}
        return 200, content, {"x-litellm-version": "1.106.2"}

    with answering(answer_to) as url:
        answer = await live(gateway(tmp_path, url), "gateway")
    assert "lists 1 model; LiteLLM says: expires 2026-12-01T00:00:00Z, spent 3.5, budget 10" in whole(answer)
    assert "GET /key/info" in answer.context[0]


async def test_a_refused_gateway_key_gets_its_cause(tmp_path: Path) -> None:
    body = {"error": {"message": f"Authentication Error - Expired Key. {SECRET}", "type": "expired_key", "code": "401"}}
    with answering((401, body)) as url:
        answer = await live(gateway(tmp_path, url), "gateway")
    assert answer.findings[0].id == "litellm_key_expired"
    assert answer.findings[0].confidence == "high"


async def test_a_page_in_place_of_the_list_proves_nothing(tmp_path: Path) -> None:
    with answering((200, "<html>Sign in</html>", {"content-type": "text/html"})) as url:
        answer = await live(gateway(tmp_path, url), "gateway")
    assert answer.verdict != "ok"
    assert "proves nothing about the key" in whole(answer)


async def test_anthropics_own_key_is_tried_too(tmp_path: Path) -> None:
    with answering(
        (401, {"type": "error", "error": {"type": "authentication_error", "message": "invalid x-api-key"}})
    ) as url:
        machine = Machine(tmp_path, {"ANTHROPIC_BASE_URL": url, "ANTHROPIC_API_KEY": "sk-" + "ant-api03-" + "Ab1" * 30})
        answer = await live(machine, "auto")
    assert answer.findings[0].id == "gateway_key_rejected"
