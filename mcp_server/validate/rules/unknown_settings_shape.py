"""A settings key that Claude Code does not have.

What: keys such as anthropic.baseURL, baseUrl, apiKey or authToken, or a variable name beside env instead of inside
    it.
Why: Claude Code has no such settings: base URL and credentials are environment variables, and the file sets them in
    its env block. Unknown keys are ignored without a word.
Fix: put the variable into env, or use apiKeyHelper for the key.

Bad:
    {
      "anthropic": {"baseURL": "https://gateway.example.com"}
    }

Good:
    {
      "env": {"ANTHROPIC_BASE_URL": "https://gateway.example.com"}
    }
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.document import Document
from mcp_server.validate.kinds.claude_settings import claude
from mcp_server.validate.names import close_name
from mcp_server.validate.nodes import Mapping
from mcp_server.validate.problem import Problem

ID = "unknown-settings-shape"
KINDS: tuple[Kind, ...] = ("claude-settings",)
SEVERITY: Severity = "error"

#: What people write (lower case, without separators) and what it should be.
INVENTED = {
    "anthropic": 'the env block: {"env": {"ANTHROPIC_BASE_URL": "...", ...}}',
    "baseurl": "ANTHROPIC_BASE_URL in the env block",
    "apibaseurl": "ANTHROPIC_BASE_URL in the env block",
    "apiurl": "ANTHROPIC_BASE_URL in the env block",
    "apibase": "ANTHROPIC_BASE_URL in the env block",
    "endpoint": "ANTHROPIC_BASE_URL in the env block",
    "gateway": "ANTHROPIC_BASE_URL in the env block",
    "gatewayurl": "ANTHROPIC_BASE_URL in the env block",
    "apikey": "apiKeyHelper (a command that prints the key), or ANTHROPIC_API_KEY in the environment",
    "authtoken": "apiKeyHelper (a command that prints the token), or ANTHROPIC_AUTH_TOKEN in the environment",
    "token": "apiKeyHelper (a command that prints the token), or ANTHROPIC_AUTH_TOKEN in the environment",
    "customheaders": "ANTHROPIC_CUSTOM_HEADERS in the env block",
    "headers": "ANTHROPIC_CUSTOM_HEADERS in the env block",
    "proxy": "HTTPS_PROXY in the env block",
    "httpproxy": "HTTP_PROXY in the env block",
    "httpsproxy": "HTTPS_PROXY in the env block",
    "noproxy": "NO_PROXY in the env block",
    "provider": "CLAUDE_CODE_USE_BEDROCK or CLAUDE_CODE_USE_VERTEX in the env block",
    "smallfastmodel": "ANTHROPIC_DEFAULT_HAIKU_MODEL in the env block",
    "environment": "env",
    "environmentvariables": "env",
    "envs": "env",
    "vars": "env",
}
PREFIXES = ("ANTHROPIC_", "CLAUDE_CODE_", "AWS_", "HTTP_", "HTTPS_", "NO_PROXY", "NODE_", "VERTEX_", "CLOUD_ML_")
REAL = {"env", "apiKeyHelper", "model"}


def check(document: Document, context: Context) -> Iterator[Problem]:
    for entry in claude(document).root:
        name = entry.name
        plain = name.replace("_", "").replace("-", "").replace(".", "").lower()
        if name in REAL:
            continue
        if name.startswith(PREFIXES):
            target: str | None = f"{name} inside the env block"
        elif plain == "apikeyhelper" or plain == "env":
            target = "apiKeyHelper" if plain != "env" else "env"
        else:
            target = INVENTED.get(plain)
        if target:
            yield Problem(
                f"Claude Code has no settings key {name}",
                "it is ignored without a word, so the setting has no effect",
                f"use {target}",
                entry.key.mark,
                name,
            )
    env = claude(document).root.entry("env")
    if env is not None and not isinstance(env.value, Mapping):
        yield Problem(
            f"env is {env.value.kind}, and must be an object",
            "none of its variables takes effect",
            'write "env": {"NAME": "value"}',
            env.value.mark,
            "env",
        )
    for variable in claude(document).env.values():
        close = close_name(variable.name, KNOWN) if variable.name.startswith(("ANTHROPIC_", "CLAUDE_CODE_")) else None
        if variable.name in CONFUSED:
            yield Problem(
                f"Claude Code reads no variable {variable.name}",
                "it has no effect",
                f"use {CONFUSED[variable.name]}",
                variable.entry.key.mark,
                variable.path,
            )
        elif close and close != variable.name and _one_slip(close, variable.name):
            yield Problem(
                f"{variable.name} looks like a misspelling of {close}",
                "a variable of the wrong name has no effect",
                f"write {close}",
                variable.entry.key.mark,
                variable.path,
                severity="warning",
                confidence="medium",
            )


#: Names of other programs, or of no program, that turn up in settings files.
CONFUSED = {
    "ANTHROPIC_API_BASE": "ANTHROPIC_BASE_URL",
    "ANTHROPIC_API_URL": "ANTHROPIC_BASE_URL",
    "ANTHROPIC_URL": "ANTHROPIC_BASE_URL",
    "ANTHROPIC_ENDPOINT": "ANTHROPIC_BASE_URL",
    "ANTHROPIC_API_BASE_URL": "ANTHROPIC_BASE_URL",
    "ANTHROPIC_BASEURL": "ANTHROPIC_BASE_URL",
    "ANTHROPIC_TOKEN": "ANTHROPIC_AUTH_TOKEN",
    "ANTHROPIC_KEY": "ANTHROPIC_API_KEY",
    "CLAUDE_API_KEY": "ANTHROPIC_API_KEY",
    "CLAUDE_BASE_URL": "ANTHROPIC_BASE_URL",
    "ANTHROPIC_HEADERS": "ANTHROPIC_CUSTOM_HEADERS",
}
KNOWN = (
    "ANTHROPIC_BASE_URL",
    "ANTHROPIC_AUTH_TOKEN",
    "ANTHROPIC_API_KEY",
    "ANTHROPIC_CUSTOM_HEADERS",
    "ANTHROPIC_BEDROCK_BASE_URL",
    "ANTHROPIC_VERTEX_BASE_URL",
    "ANTHROPIC_VERTEX_PROJECT_ID",
    "ANTHROPIC_DEFAULT_HAIKU_MODEL",
    "ANTHROPIC_DEFAULT_OPUS_MODEL",
    "ANTHROPIC_DEFAULT_SONNET_MODEL",
    "CLAUDE_CODE_USE_BEDROCK",
    "CLAUDE_CODE_USE_VERTEX",
    "CLAUDE_CODE_SKIP_BEDROCK_AUTH",
    "CLAUDE_CODE_SKIP_VERTEX_AUTH",
)


def _one_slip(right: str, written: str) -> bool:
    """True for one or two changed characters: longer differences are other variables, not misspellings."""
    from difflib import SequenceMatcher

    return SequenceMatcher(None, right, written).ratio() > 0.95
