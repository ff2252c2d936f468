"""Redaction: no planted secret survives, harmless text does, and megabytes cost seconds."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from secret_shapes import ALNUM, BARE, cores, leaked, some

from mcp_server import redact

#: Places that give a value of no known shape away.
SHAPELESS: dict[str, str] = {
    "password field": "password: {}",
    "JSON password": '{{"db_password": "{}"}}',
    "escaped JSON secret": '"{{\\"client_secret\\": \\"{}\\"}}"',
    "AWS secret key": "AWS_SECRET_ACCESS_KEY={}",
    "AWS session token": "aws_session_token = {}",
    "auth token variable": "export ANTHROPIC_AUTH_TOKEN={}",
    "API key variable": "GEMINI_API_KEY='{}'",
    "LiteLLM master key": "master_key: {}",
    "salt key": "LITELLM_SALT_KEY={}",
    "Authorization header": "Authorization: Bearer {}",
    "Basic header": "authorization: Basic {}",
    "proxy header": "Proxy-Authorization: Basic {}",
    "x-api-key header": "x-api-key: {}",
    "Azure header": '"api-key": "{}"',
    "Portkey header": "x-portkey-api-key: {}",
    "Google header": "x-goog-api-key: {}",
    "cookie": "Cookie: session={}",
    "curl option": "curl -H 'x-api-key: {}' https://host/v1/models",
    "bearer in prose": "sent with bearer {} to the host",
    "URL password": "https://user:{}@proxy.example.com:3128/",
    "URL password with a slash": "http://user:x/{}@proxy.example.com:3128",
    "URL query": "https://host/v1/models?key={}&alt=sse",
    "signed URL": "https://host/file?X-Amz-Signature={}",
    "database URL": "postgresql://llm:{}@db:5432/litellm",
}
FRAMES = (
    "{}",
    "before {} after",
    "({})",
    '"{}"',
    '{{"error": "key {} refused"}}',
    "line one\n{}\nline three",
    "密钥{}。",
    r"escaped\n{}",
    "query=%3D{}",
    "Received={}, expected another",
    "\x1b[31m{}\x1b[0m",
)


@pytest.mark.parametrize("kind", BARE)
@pytest.mark.parametrize("frame", FRAMES)
def test_a_planted_credential_never_survives(kind: str, frame: str) -> None:
    r = random.Random(f"{kind}{frame}")
    for _ in range(5):
        secret = BARE[kind](r)
        if kind in ("PEM key", "RSA key cut off", "OpenSSH key", "escaped PEM key") and frame.startswith("query"):
            continue
        assert cores(secret)
        text = frame.format(secret)
        assert not leaked(secret, redact.redact(redact.clean(text)))
        assert not leaked(secret, redact.quote(text, 2_000))


@pytest.mark.parametrize("place", SHAPELESS)
def test_a_value_in_a_telling_place_never_survives(place: str) -> None:
    r = random.Random(place)
    for _ in range(10):
        secret = some(r, ALNUM, 24)
        text = SHAPELESS[place].format(secret)
        assert secret not in redact.redact(text)
        assert secret not in redact.quote(f"noise {text} noise")


@settings(max_examples=200)
@given(
    st.sampled_from(sorted(BARE)),
    st.integers(0, 10_000),
    st.text(max_size=40).filter(lambda t: not t[-1:].isascii() or not t[-1:].isalnum()),
    st.text(max_size=40),
)
def test_no_surrounding_text_brings_a_credential_through(kind: str, seed: int, before: str, after: str) -> None:
    secret = BARE[kind](random.Random(seed))
    assert not leaked(secret, redact.quote(f"{before} {secret} {after}", 2_000))


def test_a_credential_at_the_edge_of_the_bounded_text_is_not_shown_in_half() -> None:
    secret = "sk-ant-api03-" + "Ab1" * 20
    for shift in range(60):
        text = " " * (4_000 - shift) + secret
        assert "sk-ant-api03-Ab1" not in redact.quote(text)


def test_the_lines_before_a_lonely_end_marker_are_masked() -> None:
    body = "QUJD" * 16
    shown = redact.redact(f"log line: ok\n{body}\n{body}\n-----END PRIVATE KEY-----\nnext line")
    assert body not in shown
    assert "next line" in shown


@pytest.mark.parametrize(
    "text",
    [
        "the task-runner and the disk-cache are fine",
        "basic authentication failed, Bearer prefix expected",
        "Proxy-Authenticate: Negotiate, NTLM",
        "api_key: os.environ/ANTHROPIC_API_KEY",
        "ANTHROPIC_AUTH_TOKEN=$LITELLM_KEY",
        "https://host/models/claude-sonnet-4@20250514:rawPredict",
        "https://registry.example.org/@scope/package",
        "http://127.0.0.1:4000/v1/messages",
        "token count exceeds the maximum",
        "expected to start with sk-",
    ],
)
def test_harmless_text_and_references_stay_readable(text: str) -> None:
    assert redact.redact(text) == text


def test_five_megabytes_of_log_are_redacted_and_come_back_whole() -> None:
    line = '2026-11-25 INFO httpx: POST https://host/v1/messages?beta=true "200 OK" authorization: none\n'
    text = line * (5_000_000 // len(line))
    assert redact.redact(text).count("\n") == text.count("\n")


def test_a_hint_names_kind_and_length_and_at_most_four_characters() -> None:
    secret = "sk-ant-api03-" + "Z9y8" * 20
    shown = redact.hint(secret)
    assert shown == f"Anthropic API key, {len(secret)} characters, ends in …Z9y8"
    assert redact.hint("  ") == "empty"
    assert "hunter2" not in redact.hint("hunter2")
