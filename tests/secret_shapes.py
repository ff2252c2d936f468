"""Makers of credentials of every known shape, and how to see whether one leaked."""

from __future__ import annotations

import random
import string
from collections.abc import Callable

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


def cores(secret: str) -> list[str]:
    """The parts of a secret whose appearance would be a leak: every run of twelve or more letters and digits."""
    runs = [run for run in "".join(c if c.isalnum() else " " for c in secret).split() if len(run) >= 12]
    return [run[-12:] for run in runs if not run.isalpha() or run.lower() != run]


def leaked(secret: str, shown: str) -> list[str]:
    return [core for core in cores(secret) if core in shown]
