"""Redaction: no planted secret survives, harmless text does, and megabytes cost seconds."""

from __future__ import annotations

import random
import string
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcp_server import redact

ALNUM = string.ascii_letters + string.digits
HEX = "0123456789abcdef"


def some(random_source: random.Random, alphabet: str, length: int) -> str:
    return "".join(random_source.choice(alphabet) for _ in range(length))


def prefixed(prefix: str, length: int, alphabet: str = ALNUM) -> Callable[[random.Random], str]:
    return lambda r: prefix + some(r, alphabet, length)


def jwt(r: random.Random) -> str:
    return f"eyJ{some(r, ALNUM, 30)}.{some(r, ALNUM, 60)}.{some(r, ALNUM, 43)}"


#: One maker for each shape of credential that is recognised without any word beside it.
BARE: dict[str, Callable[[random.Random], str]] = {
    "Anthropic API key": prefixed("sk-ant-api03-", 80),
    "Anthropic OAuth token": prefixed("sk-ant-oat01-", 80),
    "Anthropic refresh token": prefixed("sk-ant-ort01-", 80),
    "Anthropic admin key": prefixed("sk-ant-admin01-", 80),
    "LiteLLM virtual key": prefixed("sk-", 22),
    "OpenAI project key": prefixed("sk-proj-", 90),
    "OpenRouter key": prefixed("sk-or-v1-", 64, HEX),
    "Langfuse secret key": prefixed("sk-lf-", 36, HEX),
    "Langfuse public key": prefixed("pk-lf-", 36, HEX),
    "Stripe key": prefixed("sk_live_", 24),
    "Stripe webhook secret": prefixed("whsec_", 32),
    "Google OAuth token": prefixed("ya29.", 120),
    "Google refresh token": prefixed("1//0", 60),
    "Google API key": prefixed("AIza", 35),
    "Google client secret": prefixed("GOCSPX-", 28),
    "AWS long-term key id": prefixed("AKIA", 16, string.ascii_uppercase + string.digits),
    "AWS temporary key id": prefixed("ASIA", 16, string.ascii_uppercase + string.digits),
    "Bedrock API key": prefixed("ABSK", 100),
    "GitHub token": prefixed("ghp_", 36),
    "GitHub fine-grained token": prefixed("github_pat_", 60),
    "GitLab token": prefixed("glpat-", 20),
    "Slack bot token": prefixed("xoxb-", 40),
    "Slack app token": prefixed("xapp-", 40),
    "Slack webhook": lambda r: f"https://hooks.slack.com/services/T{some(r, ALNUM, 8)}/B{some(r, ALNUM, 24)}",
    "Discord webhook": prefixed("https://discord.com/api/webhooks/", 60),
    "Teams webhook": lambda r: f"https://corp.webhook.office.com/webhookb2/{some(r, HEX, 40)}",
    "Telegram bot token": lambda r: f"{some(r, string.digits, 10)}:AA{some(r, ALNUM, 33)}",
    "Zuplo key": prefixed("zpka_", 32),
    "Hugging Face token": prefixed("hf_", 34),
    "Groq key": prefixed("gsk_", 50),
    "xAI key": prefixed("xai-", 70),
    "Perplexity key": prefixed("pplx-", 48),
    "Replicate token": prefixed("r8_", 37),
    "NVIDIA key": prefixed("nvapi-", 60),
    "Cerebras key": prefixed("csk-", 48),
    "npm token": prefixed("npm_", 36),
    "PyPI token": prefixed("pypi-AgEI", 80),
    "Docker token": prefixed("dckr_pat_", 27),
    "DigitalOcean token": prefixed("dop_v1_", 64, HEX),
    "Databricks token": prefixed("dapi", 32, HEX),
    "Vault token": prefixed("hvs.", 90),
    "Terraform token": lambda r: f"{some(r, ALNUM, 14)}.atlasv1.{some(r, ALNUM, 60)}",
    "Grafana token": prefixed("glsa_", 40),
    "Sentry token": prefixed("sntrys_", 60),
    "PostHog key": prefixed("phx_", 40),
    "Linear key": prefixed("lin_api_", 40),
    "Notion token": prefixed("ntn_", 40),
    "Atlassian token": prefixed("ATATT3", 60),
    "Shopify token": prefixed("shpat_", 32, HEX),
    "SendGrid key": lambda r: f"SG.{some(r, ALNUM, 22)}.{some(r, ALNUM, 43)}",
    "New Relic key": prefixed("NRAK-", 27, string.ascii_uppercase + string.digits),
    "Tailscale key": prefixed("tskey-auth-", 30),
    "Supabase token": prefixed("sbp_", 40, HEX),
    "Doppler token": prefixed("dp.pt.", 43),
    "age key": prefixed("AGE-SECRET-KEY-1", 58, string.ascii_uppercase + string.digits),
    "JWT": jwt,
    "PEM key": lambda r: f"-----BEGIN PRIVATE KEY-----\n{some(r, ALNUM, 64)}\nZz9\n-----END PRIVATE KEY-----",
    "RSA key cut off": lambda r: f"-----BEGIN RSA PRIVATE KEY-----\n{some(r, ALNUM, 64)}\n{some(r, ALNUM, 64)}",
    "OpenSSH key": lambda r: (
        f"-----BEGIN OPENSSH PRIVATE KEY-----\n{some(r, ALNUM, 70)}\n-----END OPENSSH PRIVATE KEY-----"
    ),
    "escaped PEM key": lambda r: rf"-----BEGIN PRIVATE KEY-----\n{some(r, ALNUM, 64)}\n-----END PRIVATE KEY-----\n",
}
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


def cores(secret: str) -> list[str]:
    """The parts of a secret whose appearance would be a leak: every run of twelve or more letters and digits."""
    runs = [run for run in "".join(c if c.isalnum() else " " for c in secret).split() if len(run) >= 12]
    return [run[-12:] for run in runs if not run.isalpha() or run.lower() != run]


def leaked(secret: str, shown: str) -> list[str]:
    return [core for core in cores(secret) if core in shown]


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


@settings(max_examples=200, deadline=None)
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
