"""Claude Code's variables, found somewhere, as its settings file: credentials by name, the rest by value."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from mcp_server.catalogue.client_settings import variable_names
from mcp_server.change.migrate.model import Lost, Migration, Secrets, is_secret, said
from mcp_server.generate import client
from mcp_server.generate.client import ClientSide
from mcp_server.generate.spec import GenerateRequest
from mcp_server.redact import redact

#: The client's own variables for the key of the server it talks to, the one that wins first.
CREDENTIALS = ("ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_API_KEY")
HEADERS = "ANTHROPIC_CUSTOM_HEADERS"
#: Beginnings of variables that people set for Claude Code; it reads many more, which belong to the machine.
_PREFIXES = (
    *("ANTHROPIC_", "CLAUDE_CODE_", "VERTEX_REGION_", "AWS_", "GOOGLE_", "CLOUD_ML_", "OTEL_", "API_TIMEOUT_"),
    *("DISABLE_", "ENABLE_", "MAX_", "MCP_", "BASH_", "NODE_EXTRA_", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"),
    *("http_proxy", "https_proxy", "no_proxy"),
)
#: What a running Claude Code sets for its own children, and folders of this session.
_OF_THE_SESSION = re.compile(
    r"CLAUDECODE|CLAUDE_(?:CODE_(?:ENTRYPOINT|EXECPATH|SESSION|SSE_PORT|REMOTE|CHILD|AGENT|TASK|PARENT|CONTAINER)\w*"
    r"|PROJECT_DIR|CONFIG_DIR|ENV_FILE|PLUGIN_\w+|PID|EFFORT)"
)
Place = Callable[[str], str]


def concerns_client(name: str) -> bool:
    """Whether a variable is one that people set for Claude Code, and that it reads."""
    if _OF_THE_SESSION.fullmatch(name) or not name.startswith(_PREFIXES):
        return False
    return name.startswith("ANTHROPIC_") or name in variable_names()


def add_settings(
    migration: Migration,
    env: Mapping[str, str],
    place: Place,
    *,
    key_variable: str = "",
    settings: Mapping[str, Any] | None = None,
    helper: bool = True,
) -> None:
    """Adds the client's files to ``migration``.

    ``place`` tells where a variable was found. ``key_variable`` is the wanted name of the key; ``helper`` lets
    Claude Code ask the shell for it, which also beats a key that is left over; without, the key stays the exported
    variable it was.
    """
    secrets = Secrets()
    plain: dict[str, str] = {}
    shell: dict[str, str] = {}
    key, credential = "", ""
    for name, value in env.items():
        if name in CREDENTIALS:
            continue
        if name == HEADERS:
            _headers(value, place(name), secrets, plain, shell, migration)
        elif is_secret(name, value):
            secrets.variable(value, name, place(name))
        else:
            plain[name] = value
            migration.kept.append(said(name, 80))
    for name in CREDENTIALS:
        if env.get(name, "").strip():
            if key:
                migration.lost.append(Lost(name, f"two keys were set; {credential} is the one that gateways get"))
                continue
            credential = name
            key = secrets.variable(env[name], key_variable or name, place(name))
    auth = "none" if not key else "helper" if helper else "api-key" if credential == "ANTHROPIC_API_KEY" else "token"
    side = ClientSide(
        request=GenerateRequest(scope="user"),
        base_url=plain.get("ANTHROPIC_BASE_URL", ""),
        variables=plain,
        auth=auth,
        key_variable=key or None,
        settings=dict(settings or {}),
        secret_variables=shell,
    )
    migration.files += client.files(side)
    migration.secrets += secrets.found
    migration.guarded += secrets.values
    for name, value in env.items():
        if name not in CREDENTIALS and name != HEADERS and is_secret(name, value):
            migration.by_hand.append(f"{said(name, 80)} holds a credential: it stays a variable of your shell.")


def without_secrets(settings: Mapping[str, Any], migration: Migration) -> dict[str, Any]:
    """The entries of a settings file beside ``env`` that hold no credential."""
    import json

    found: dict[str, Any] = {}
    for key, value in settings.items():
        text = json.dumps({key: value})
        if key in ("env", "apiKeyHelper"):
            continue
        if redact(text) != text:
            migration.lost.append(
                Lost(f"setting {said(key, 60)}", "it holds something like a credential; set it by hand")
            )
        else:
            found[key] = value
            migration.kept.append(f"setting {said(key, 60)}")
    return found


def _headers(
    value: str, place: str, secrets: Secrets, plain: dict[str, str], shell: dict[str, str], migration: Migration
) -> None:
    """Headers without a credential go into the file; with one, all of them are exported with a reference to it."""
    lines, secret = [], False
    for name, content in headers(value):
        if _names_secret(name) or redact(f"{name}: {content}") != f"{name}: {content}":
            lines.append(f"{name}: ${{{secrets.variable(content, name, place)}}}")
            secret = True
        else:
            lines.append(f"{name}: {content}")
    if secret:  # the text stands between double quotes of a shell then
        lines = [line if "${" in line else re.sub(r'([\\"`$])', r"\\\1", line) for line in lines]
    text = "\n".join(lines)
    (shell if secret else plain)[HEADERS] = text
    migration.kept.append(f"{HEADERS}, {len(lines)} headers{', exported by the shell for its key' if secret else ''}")


def headers(value: str) -> list[tuple[str, str]]:
    """Name and value of each header; a ``\\n`` that was not understood as a line break counts as one."""
    text = value if "\n" in value else value.replace("\\n", "\n")
    pairs = (line.partition(":") for line in text.splitlines())
    return [(name.strip(), content.strip()) for name, colon, content in pairs if colon and name.strip()]


def _names_secret(header: str) -> bool:
    return header.lower().endswith(("-key", "-token", "-secret", "authorization"))
