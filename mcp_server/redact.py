"""Redaction: the only place that may print something near a secret.

Everything that a server, a file or a user's paste says passes ``quote`` before it reaches an Answer: control
characters go, known credential shapes go, length is bounded. ``hint`` describes a secret without showing it.
"""

from __future__ import annotations

import re

_MASK = "‹redacted›"

# Credential shapes (facts: key shapes of Anthropic, LiteLLM, OpenRouter, Google, AWS, GitHub, Zuplo, JWT).
_SHAPES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        (
            "private key",
            r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)(?s:.)?",
        ),
        ("Anthropic OAuth token", r"sk-ant-o[ar]t\d*-[\w-]{6,}"),
        ("Anthropic admin key", r"sk-ant-admin\d*-[\w-]{6,}"),
        ("Anthropic API key", r"sk-ant-[\w-]{8,}"),
        ("OpenRouter key", r"sk-or-v1-[\w-]{8,}"),
        ("gateway or OpenAI key", r"\bsk-[\w-]{6,}"),
        ("Google OAuth token", r"\bya29\.[\w./-]{6,}"),
        ("Google refresh token", r"\b1//[\w-]{20,}"),
        ("Google API key", r"\bAIza[\w-]{30,}"),
        ("Google client secret", r"\bGOCSPX-[\w-]{10,}"),
        ("AWS access key id", r"\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{12,}"),
        ("GitHub token", r"\b(?:gh[pousr]_|github_pat_)\w{20,}"),
        ("GitLab token", r"\bglpat-[\w-]{16,}"),
        ("Slack token", r"\bxox[abposr]-[\w-]{10,}"),
        ("Slack webhook", r"https://hooks\.slack\.com/services/[\w/]+"),
        ("Zuplo key", r"\bzpka_\w{8,}"),
        ("Hugging Face token", r"\bhf_\w{20,}"),
        ("Groq key", r"\bgsk_\w{20,}"),
        ("xAI key", r"\bxai-[\w-]{20,}"),
        ("Langfuse key", r"\b[ps]k-lf-[\w-]{10,}"),
        ("npm token", r"\bnpm_\w{20,}"),
        ("PyPI token", r"\bpypi-[\w-]{20,}"),
        ("Databricks token", r"\bdapi[0-9a-f]{20,}"),
        ("Bedrock API key", r"\bABSK[\w+/=]{20,}"),
        ("JWT", r"\beyJ[\w-]{8,}\.[\w-]{4,}(?:\.[\w-]*)?"),
    )
)
_ASSIGNED = re.compile(
    r"""(?ix)
    (?P<name> ["']? [\w.-]* (?: password | passwd | passphrase | secret(?!_?manager) | api[_-]?key | apikey
        | auth[_-]?token | access[_-]?token | refresh[_-]?token | id[_-]?token | bearer[_-]?token | master[_-]?key
        | salt[_-]?key | session[_-]?token | private[_-]?key | subscription-key | virtual[_-]?key
        | credential_value ) [\w-]* ["']? )
    (?P<join> \s*[:=]\s* )
    (?P<value> "(?:[^"\\\n]|\\.)+" | '[^'\n]+' | [^\s,;&}\]"']+ )
    """
)
_HEADER = re.compile(
    r"(?i)(?P<name>\b(?:proxy-)?authorization|x-api-key|api-key|x-goog-api-key|x-portkey-api-key|x-tfy-api-key"
    r"|cf-aig-authorization|helicone-auth|cookie|set-cookie)(?P<join>[\"']?\s*[:=]\s*[\"']?)(?P<value>[^\"'\n\r]+)"
)
_BEARER = re.compile(r"(?i)\b(?P<scheme>bearer|basic|negotiate|ntlm)\s+(?P<value>[A-Za-z0-9._~+/=-]{8,})")
_URL_USERINFO = re.compile(
    r"(?P<scheme>\b[a-zA-Z][a-zA-Z0-9+.-]*://)(?P<userinfo>[^\s/?#\"'<>]*(?:[/?#][^\s\"'<>@]*)?)@"
)
_URL_QUERY = re.compile(r"(?i)(?P<name>[?&](?:key|token|access_token|api_key|sig|signature|x-amz-[\w-]+)=)[^&\s\"']+")
_REFERENCE = re.compile(
    r"""^["']?(?:os\.environ/\w+|\$\{?\w+\}?|%\w+%|<[^<>]*>|\*+|…|‹redacted›|null|None|true|false)["']?$"""
)
# C0 and C1 control characters except newline and tab, and the characters that reorder or hide text.
_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
_CONTROL = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\U000e0000-\U000e007f]"
)


def clean(text: str) -> str:
    """``text`` without terminal escapes, control, zero-width and direction-changing characters."""
    return _CONTROL.sub("", _ANSI.sub("", text.replace("\r\n", "\n")))


def redact(text: str) -> str:
    """``text`` with everything that looks like a credential replaced; references such as ``$NAME`` stay."""
    for _, shape in _SHAPES:
        text = shape.sub(_MASK, text)
    text = _HEADER.sub(_mask_value, text)
    text = _BEARER.sub(lambda m: f"{m['scheme']} {_MASK}", text)
    text = _ASSIGNED.sub(_mask_value, text)
    text = _URL_USERINFO.sub(lambda m: f"{m['scheme']}{_MASK}@", text)
    return _URL_QUERY.sub(lambda m: f"{m['name']}{_MASK}", text)


def quote(text: object, limit: int = 300) -> str:
    """Somebody else's words, safe to show: cleaned, redacted, on one line, at most ``limit`` characters."""
    # Bound the work before the patterns run: an answer may be megabytes.
    line = " ".join(redact(clean(str(text)[: max(limit * 8, 4_000)])).split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def hint(secret: str) -> str:
    """Kind, length and at most the last four characters of ``secret``; never more."""
    value = secret.strip()
    if not value:
        return "empty"
    kind = next((name for name, shape in _SHAPES if shape.fullmatch(value)), "value of no known shape")
    tail = f", ends in …{value[-4:]}" if len(value) >= 20 else ""
    return f"{kind}, {len(value)} characters{tail}"


def url(value: str) -> str:
    """A URL for display: user name, password and secret-looking query values masked."""
    return quote(value, 400)


def _mask_value(match: re.Match[str]) -> str:
    value = match["value"]
    if _REFERENCE.match(value.strip()):
        return match[0]
    quoted = value[0] if value[:1] in "\"'" and value[-1:] == value[:1] and len(value) > 1 else ""
    return f"{match['name']}{match['join']}{quoted}{_MASK}{quoted}"
