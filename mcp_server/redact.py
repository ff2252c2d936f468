"""Redaction: the only place that may print something near a secret.

Everything that a server, a file or a user's paste says passes ``quote`` before it reaches an Answer: control
characters go, known credential shapes go, length is bounded. ``hint`` describes a secret without showing it.
"""

from __future__ import annotations

import re

_MASK = "‹redacted›"

# Where a credential may begin: not inside a word, but also behind an escape (%3D, \\n, \\u003d) or a letter of
# another script. A plain \b would miss all of these.
_START = r"(?:(?<![A-Za-z0-9])|(?<=%[0-9A-Fa-f]{2})|(?<=\\[nrt])|(?<=\\u[0-9A-Fa-f]{4}))"

# Kind, literal beginnings, rest (facts: key shapes of Anthropic, LiteLLM, OpenRouter, Google, AWS, GitHub, Zuplo;
# vendors' documented prefixes). The special before the general: the first kind that fits names the key.
_PREFIXED: tuple[tuple[str, str, str], ...] = (
    ("Anthropic OAuth token", "sk-ant-oat sk-ant-ort", r"\d*-[\w-]{6,}"),
    ("Anthropic admin key", "sk-ant-admin", r"\d*-[\w-]{6,}"),
    ("Anthropic API key", "sk-ant-", r"[\w-]{8,}"),
    ("OpenRouter key", "sk-or-v1-", r"[\w-]{8,}"),
    ("Langfuse key", "pk-lf- sk-lf-", r"[\w-]{10,}"),
    ("gateway or OpenAI key", "sk-", r"[\w-]{6,}"),
    ("Stripe key", "sk_live_ sk_test_ rk_live_ rk_test_ whsec_", r"\w{10,}"),
    ("Google OAuth token", "ya29.", r"[\w./-]{6,}"),
    ("Google refresh token", "1//", r"[\w-]{20,}"),
    ("Google API key", "AIza", r"[\w-]{30,}"),
    ("Google client secret", "GOCSPX-", r"[\w-]{10,}"),
    ("AWS access key id", "AKIA ASIA ABIA ACCA", r"[A-Z0-9]{12,}"),
    ("Bedrock API key", "ABSK", r"[\w+/=]{20,}"),
    ("GitHub token", "ghp_ gho_ ghu_ ghs_ ghr_ github_pat_", r"\w{20,}"),
    ("GitLab token", "glpat- glptt- glrt- gldt- glcbt- glsoat-", r"[\w-]{16,}"),
    ("Slack token", "xoxa- xoxb- xoxe- xoxp- xoxo- xoxs- xoxr- xapp-", r"[\w-]{10,}"),
    ("Slack webhook", "https://hooks.slack.com/", r"[\w/-]+"),
    ("Discord webhook", "https://discord.com/api/webhooks/ https://discordapp.com/api/webhooks/", r"[\w/-]+"),
    ("Zuplo key", "zpka_", r"\w{8,}"),
    ("Hugging Face token", "hf_", r"\w{20,}"),
    ("Groq key", "gsk_", r"\w{20,}"),
    ("xAI key", "xai-", r"[\w-]{20,}"),
    ("Perplexity key", "pplx-", r"\w{20,}"),
    ("Replicate token", "r8_", r"\w{20,}"),
    ("NVIDIA key", "nvapi-", r"[\w-]{20,}"),
    ("Cerebras key", "csk-", r"[\w-]{20,}"),
    ("Fireworks key", "fw_", r"\w{16,}"),
    ("npm token", "npm_", r"\w{20,}"),
    ("PyPI token", "pypi-", r"[\w-]{20,}"),
    ("Docker token", "dckr_pat_ dckr_oat_", r"[\w-]{20,}"),
    ("DigitalOcean token", "dop_v1_ doo_v1_ dor_v1_", r"[0-9a-f]{20,}"),
    ("Databricks token", "dapi", r"[0-9a-f]{20,}"),
    ("Vault token", "hvs. hvb. hvr.", r"[\w-]{20,}"),
    ("Grafana token", "glsa_ glc_", r"\w{20,}"),
    ("Sentry token", "sntrys_ sntryu_", r"[\w+/=]{20,}"),
    ("PostHog key", "phc_ phx_", r"\w{20,}"),
    ("Linear key", "lin_api_ lin_oauth_", r"\w{20,}"),
    ("Notion token", "ntn_", r"\w{20,}"),
    ("Atlassian token", "ATATT3", r"[\w=-]{20,}"),
    ("Shopify token", "shpat_ shpca_ shppa_ shpss_", r"[0-9a-fA-F]{20,}"),
    ("SendGrid key", "SG.", r"[\w-]{16,80}\.[\w-]{16,}"),
    ("New Relic key", "NRAK-", r"\w{20,}"),
    ("Tailscale key", "tskey-", r"[\w-]{16,}"),
    ("Supabase token", "sbp_ sb_secret_", r"\w{20,}"),
    ("Doppler token", "dp.pt. dp.st. dp.ct. dp.sa.", r"[\w.-]{16,}"),
    ("1Password token", "ops_eyJ", r"[\w=-]{20,}"),
    ("age key", "AGE-SECRET-KEY-1", r"[A-Z0-9]{20,}"),
)
# Kind, a literal inside, whole pattern.
_OTHER: tuple[tuple[str, str, str], ...] = (
    ("Terraform token", ".atlasv1.", _START + r"[A-Za-z0-9]{14}\.atlasv1\.[\w-]{20,}"),
    ("Teams webhook", ".webhook.office.com/", r"https://[\w.-]{1,80}\.webhook\.office\.com/[\w/@-]+"),
    ("Telegram bot token", ":AA", _START + r"\d{8,10}:AA[\w-]{30,}"),
    # The look-behind also excludes "-": inside one long run there is a single place to start from.
    ("JWT", "eyJ", r"(?<![A-Za-z0-9-])eyJ[\w-]{8,}\.[\w-]{4,}(?:\.[\w-]*)?"),
    ("JWT", "eyJ", r"(?:(?<=%[0-9A-Fa-f]{2})|(?<=\\[nrt]))eyJ[\w-]{8,}\.[\w-]{4,}(?:\.[\w-]*)?"),
)
# \Z: a key that is cut off is a secret too.
_PRIVATE_KEY = r"(?s)-----BEGIN [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----.*?(?:-----END [A-Z ]{0,40}-----|\Z)"
# Every pattern is linear: no unbounded part before something that can still fail at many places. The literals are
# looked for first, which is what makes megabytes cheap.
_SHAPES: tuple[tuple[str, tuple[str, ...], re.Pattern[str]], ...] = (
    ("private key", ("PRIVATE KEY",), re.compile(_PRIVATE_KEY)),
    *(
        (
            kind,
            tuple(prefixes.split()),
            re.compile(f"{_START}(?:{'|'.join(map(re.escape, prefixes.split()))}){rest}", re.ASCII),
        )
        for kind, prefixes, rest in _PREFIXED
    ),
    *((kind, (literal,), re.compile(pattern, re.ASCII)) for kind, literal, pattern in _OTHER),
)
# The end of a private key whose beginning was cut away.
_KEY_END = re.compile(r"-----END [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_KEY_BODY = re.compile(r"[A-Za-z0-9+/=\s\\]*")
_ASSIGNED = re.compile(
    r"""(?ix)
    (?P<name> (?: pass(?:word|wd|phrase) | secret(?!_?manager) | api[_-]?key | (?:account|shared[_-]?access)[_-]?key
        | (?:auth|access|refresh|id|bearer|session|security|bot|csrf)[_-]?token
        | (?:master|salt|private|encryption|signing|virtual|subscription)[_-]?key | client-key-data
        | credential_value ) [\w-]{0,40} (?: \\? ["'])? \]? )
    (?P<join> \s{0,20} [:=] \s{0,20} )
    (?P<value> \\"[^"\n]{1,4000}?\\" | "(?:[^"\\\n]|\\.)+" | '[^'\n]+' | [^\s,;&}\]"'<>|]+ )
    """
)
_HEADER = re.compile(
    r"(?i)(?P<name>(?:\b(?:proxy-)?authorization|api-key|x-goog-iam-authorization-token"
    r"|x-amz-security-token|x-[\w-]{0,20}-token|cf-aig-authorization|cf-access-client-secret|helicone-auth"
    r"|\b(?:set-)?cookie))(?P<join>\\?[\"']?\s{0,20}[:=]\s{0,20}\\?[\"']?)(?P<value>[^\"'\n\r\\]+)"
)
_BEARER = re.compile(
    r"(?i)\b(?P<scheme>bearer|basic|negotiate|ntlm|digest|token(?=\s{1,5}\S{0,80}\d))(?P<gap>(?:\s|%20|\+){1,5})"
    r"(?!(?:authenticat\w*|authori[sz]\w*|credentials?|tokens?|prefix\w*|schemes?|headers?|realm|password|username"
    r"|expected|endpoint|exchange|counting|verification|retrieval|included|provided|received|containing|requests?"
    r"|response|information|settings?|limit\w*|challenge|handshake|required|negotiat\w*|\W)\b)"
    r"(?P<value>[A-Za-z0-9._~+/=-]{8,})"
)
_URL = re.compile(r"\b[a-zA-Z][a-zA-Z0-9+.-]{0,30}://(?P<rest>[^\s\"'<>]+)")
# A proxy variable without a scheme, as Claude Code repeats it: HTTPS_PROXY: "user:password@host:3128".
_PROXY_LOGIN = re.compile(
    r"""(?ix) (?P<name> proxy ["']? \s{0,4} [:=] \s{0,4} ["']? )
    [^\s"'<>@/:]{1,200} : (?!//) [^\s"'<>]{1,400} @ (?=[\w\[])"""
)
_URL_QUERY = re.compile(
    r"(?i)(?P<name>(?:[?&;]|%26|%3f)(?:key|token|[\w-]{0,30}[_-]?token|api_?key|sig|signature|client_secret|secret"
    r"|password|passwd|pwd|auth|code|subscription-key|x-(?:amz|goog)-[\w-]{1,40})(?:=|%3d))[^&\s\"'#]+"
)
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
    """``text`` with everything that looks like a credential replaced; references such as ``$NAME`` stay.

    Time grows linearly with the length of ``text``, whatever it holds.
    """
    for _, literals, shape in _SHAPES:
        if any(literal in text for literal in literals):
            text = shape.sub(_MASK, text)
    text = _without_key_ends(text)
    text = _HEADER.sub(_mask_value, text)
    text = _BEARER.sub(_mask_scheme, text)
    text = _ASSIGNED.sub(_mask_value, text)
    text = _URL.sub(_mask_userinfo, text)
    text = _PROXY_LOGIN.sub(lambda m: f"{m['name']}{_MASK}@", text)
    return _URL_QUERY.sub(lambda m: f"{m['name']}{_MASK}", text)


def quote(text: object, limit: int = 300) -> str:
    """Somebody else's words, safe to show: cleaned, redacted, on one line, at most ``limit`` characters."""
    # Bound the work before the patterns run: an answer may be megabytes.
    whole, bound = str(text), max(limit * 8, 4_000)
    head = whole[:bound]
    if len(whole) > bound and len(words := head.rsplit(maxsplit=1)) == 2:
        head = words[0]  # half of a credential would not be recognised
    line = " ".join(redact(clean(head)).split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def hint(secret: str) -> str:
    """Kind, length and at most the last four characters of ``secret``; never more."""
    value = secret.strip()
    if not value:
        return "empty"
    kind = next((name for name, _, shape in _SHAPES if shape.fullmatch(value)), "value of no known shape")
    tail = f", ends in …{value[-4:]}" if len(value) >= 20 else ""
    return f"{kind}, {len(value)} characters{tail}"


def url(value: str) -> str:
    """A URL for display: user name, password and secret-looking query values masked, however broken it is."""
    scheme = re.match(r"\s*[a-zA-Z][a-zA-Z0-9+.-]*://", value)
    start = scheme.end() if scheme else 0
    head, at, tail = value[start:].rpartition("@")
    # Without host, port and slash, what stands before the @ is user info, or a path such as models/claude@2025.
    path = re.match(r"[\w.-]+(?::\d+)?/", head)
    if at and not (scheme and path and not re.search(r"[:\s\\]", head[path.end() :])):
        value = f"{value[:start]}{_MASK}@{tail}"
    return quote(value, 400)


def _mask_value(match: re.Match[str]) -> str:
    value = match["value"]
    if _REFERENCE.match(value.strip()):
        return match[0]
    quoted = value[0] if value[:1] in "\"'" and value[-1:] == value[:1] and len(value) > 1 else ""
    return f"{match['name']}{match['join']}{quoted}{_MASK}{quoted}"


def _mask_scheme(match: re.Match[str]) -> str:
    return match[0] if _REFERENCE.match(match["value"]) else f"{match['scheme']}{match['gap']}{_MASK}"


def _mask_userinfo(match: re.Match[str]) -> str:
    """The URL without user name and password, also when the password holds an unescaped / ? or #."""
    rest = match["rest"]
    # A backslash ends no authority here: DOMAIN\user:password@host is a usual slip in proxy URLs.
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    end = authority.rfind("@")
    if end < 0:
        name, colon, port = authority.partition(":")
        # host:port/… is a path; user:pass/word@host is not, and neither is user:2024/word@host.
        plain = not colon or (port.isdigit() and ("." in name or name == "localhost")) or name.startswith("[")
        end = -1 if plain else rest.rfind("@")
    return match[0] if end < 0 else f"{match[0][: -len(rest)]}{_MASK}@{rest[end + 1 :]}"


def _without_key_ends(text: str) -> str:
    """Masks the lines before an END marker whose BEGIN marker was cut away."""
    parts: list[str] = []
    start = 0
    for end in _KEY_END.finditer(text):
        before = text[start : end.start()]
        body = _KEY_BODY.match(before[::-1])
        kept = before[: len(before) - (body.end() if body else 0)]
        parts.append(f"{kept}{_MASK}")
        start = end.end()
    return "".join([*parts, text[start:]]) if parts else text
