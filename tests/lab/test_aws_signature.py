"""Signatures made by botocore are the right ones; every other is refused in AWS's words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from mcp_server.lab.aws_signature import SignatureError, SignedRequest, Signer, check

SIGNER = Signer("LABKEY", "the secret", "us-east-1", "bedrock")
TEMPORARY = replace(SIGNER, session_token="the session token")
BODY = b'{"text": "\xc3\xbc"}'


# Tests get functions that sign: a signature is good for five minutes, and a whole test run takes longer.


def signed(
    path: str = "/model/us.anthropic.claude-opus-5-5/invoke",
    query: str = "",
    signer: Signer = SIGNER,
    method: str = "POST",
    host: str = "bedrock-runtime.us-east-1.amazonaws.com",
) -> SignedRequest:
    """A request as botocore signs it."""
    headers = {"Content-Type": "application/json", "X-Odd": "  two   blanks "}
    request = AWSRequest(method, f"https://{host}{path}{query and f'?{query}'}", headers=headers, data=BODY)
    credentials = Credentials(signer.access_key_id, signer.secret_access_key, signer.session_token)
    SigV4Auth(credentials, signer.service, signer.region).add_auth(request)
    sent = {name.lower(): str(value) for name, value in request.headers.items()}
    return SignedRequest(method, path, query, {"host": host, **sent}, BODY)


@pytest.mark.parametrize(
    "request_",
    [
        lambda: signed(),
        lambda: signed(method="GET", path="/inference-profiles", query="type=SYSTEM_DEFINED"),
        lambda: signed(path="/inference-profiles", query="b=2&a=x%20y&a=%2F"),
        lambda: signed(path="/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A123456789012%3Ainference-profile%2Fabc/converse"),
        lambda: signed(path="/model/anthropic.claude-haiku-4-5-20251001-v1:0/invoke"),
    ],
    ids=["plain", "query", "sorted query", "escaped ARN", "colon"],
)
def test_what_botocore_signs_is_valid(request_: Callable[[], SignedRequest]) -> None:
    check(request_(), SIGNER)


def test_temporary_credentials_need_their_token() -> None:
    check(signed(signer=TEMPORARY), TEMPORARY)
    without = signed()
    with pytest.raises(SignatureError, match="The security token included in the request is invalid"):
        check(without, TEMPORARY)


def changed(request: SignedRequest, **headers: str) -> SignedRequest:
    return replace(request, headers={**request.headers, **headers})


@pytest.mark.parametrize(
    ("request_", "signer", "name", "part"),
    [
        (
            lambda: changed(signed(), authorization=""),
            SIGNER,
            "MissingAuthenticationToken",
            "Missing Authentication Token",
        ),
        (
            lambda: changed(signed(), authorization="AWS4 x"),
            SIGNER,
            "IncompleteSignature",
            "requires 'Credential' parameter",
        ),
        (lambda: signed(), replace(SIGNER, access_key_id="OTHER"), "UnrecognizedClient", "security token included"),
        (lambda: signed(signer=TEMPORARY), replace(TEMPORARY, expired=True), "ExpiredToken", "is expired"),
        (lambda: signed(signer=replace(SIGNER, region="eu-west-1")), SIGNER, "InvalidSignature", "not 'eu-west-1'"),
        (
            lambda: signed(signer=replace(SIGNER, service="s3")),
            SIGNER,
            "InvalidSignature",
            "correct service: 'bedrock'",
        ),
        (lambda: signed(signer=replace(SIGNER, secret_access_key="x")), SIGNER, "InvalidSignature", "does not match"),
        (lambda: replace(signed(), body=b"{}"), SIGNER, "InvalidSignature", "does not match"),
        (lambda: replace(signed(), path="/model/other/invoke"), SIGNER, "InvalidSignature", "does not match"),
        (lambda: replace(signed(), query="a=1"), SIGNER, "InvalidSignature", "does not match"),
        (lambda: replace(signed(), method="PUT"), SIGNER, "InvalidSignature", "does not match"),
        (
            lambda: changed(signed(host="127.0.0.1"), host="127.0.0.1:8080"),
            SIGNER,
            "InvalidSignature",
            "does not match",
        ),
        (lambda: changed(signed(), host="elsewhere"), SIGNER, "InvalidSignature", "does not match"),
        (lambda: changed(signed(), **{"x-amz-date": "yesterday"}), SIGNER, "InvalidSignature", "basic format"),
        (
            lambda: changed(signed(), **{"x-amz-date": "20200101T000000Z"}),
            SIGNER,
            "InvalidSignature",
            "Credential scope",
        ),
    ],
)
def test_every_other_signature_is_refused(
    request_: Callable[[], SignedRequest], signer: Signer, name: str, part: str
) -> None:
    with pytest.raises(SignatureError) as refusal:
        check(request_(), signer)
    assert refusal.value.name == f"{name}Exception"
    assert part in refusal.value.message


@pytest.mark.parametrize(("minutes", "part"), [(6, "Signature expired: "), (-6, "Signature not yet current: ")])
def test_a_clock_that_is_more_than_five_minutes_off_is_named(minutes: int, part: str) -> None:
    request: Any = signed()
    with pytest.raises(SignatureError) as refusal:
        check(request, SIGNER, datetime.now(timezone.utc) + timedelta(minutes=minutes))
    assert part in refusal.value.message
    check(request, SIGNER, datetime.now(timezone.utc) + timedelta(minutes=minutes / 2))
