"""A reference in a claude gateway file does not do what it says.

What: ${NAME} with a variable that is not set, a ${file:...} with a relative path or beside other text, and forms of
    other programs: $NAME, ${NAME:-default}, os.environ/NAME.
Why: claude gateway fills in ${NAME} anywhere in a value and ${file:/path} as a whole value. It refuses to start for a
    variable that is not set; other forms stay as they are, and the text itself becomes the key or the password.
Fix: write ${NAME} or ${file:/absolute/path}; set the variable where the gateway runs.

Bad:
    listen: {host: 127.0.0.1}
    upstreams:
      - {provider: anthropic, auth: {api_key: "${ANTHROPIC_API_KEY}"}}
    oidc: {issuer: https://login.example.com, client_id: gateway, client_secret: "${OIDC_SECRET}"}
    session: {jwt_secret: "${JWT_SECRET:-some-long-value-to-fall-back-to}"}
    store: {postgres_url: "${DATABASE_URL}"}

Good:
    listen: {host: 127.0.0.1}
    upstreams:
      - {provider: anthropic, auth: {api_key: "${ANTHROPIC_API_KEY}"}}
    oidc: {issuer: https://login.example.com, client_id: gateway, client_secret: "${OIDC_SECRET}"}
    session: {jwt_secret: "${JWT_SECRET}"}
    store: {postgres_url: "${DATABASE_URL}"}
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.nodes import Scalar
from mcp_server.document.writing import set_text
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.claude_gateway import FILE, VARIABLE, ClaudeGateway, gateway
from mcp_server.validate.problem import Problem

ID = "claude-gateway-reference"
KINDS: tuple[Kind, ...] = ("claude-gateway",)
SEVERITY: Severity = "error"
#: What other programs would fill in. ``$NAME`` only as a whole value: a dollar sign may be part of a password.
OTHER = re.compile(
    r"\$\{(?P<default>[A-Za-z_]\w*):?[-=?+][^}]*\}|\$\{env[.:](?P<env>\w+)\}|\$\{\{\s*(?:secrets|env)\.(?P<actions>\w+)\s*\}\}"
)
WHOLE = re.compile(
    r"\$(?P<shell>[A-Z][A-Z0-9_]+)|os\.environ/(?P<litellm>\w+)|%(?P<windows>[A-Z][A-Z0-9_]+)%|\$env\((?P<zuplo>\w+)\)"
)


def check(document: Document, context: Context) -> Iterator[Problem]:
    view = gateway(document)
    seen: set[str] = set()
    for path, node in document.nodes:
        if not isinstance(node, Scalar) or (
            "$" not in node.text and "%" not in node.text and "os.env" not in node.text
        ):
            continue
        other = WHOLE.fullmatch(node.text) or OTHER.search(node.text)
        if other:
            name = next(found for found in other.groups() if found)
            yield Problem(
                f"{path} is written in a form that claude gateway does not fill in",
                "the text itself is used as the value",
                f"write ${{{name}}}" + (" (there are no defaults)" if other.groupdict().get("default") else ""),
                node.mark,
                path,
                change=set_text(document, node, f"${{{name}}}") if other.group() == node.text else None,
            )
        elif "${file:" in node.text:
            yield from _file(context, path, node)
        for name in VARIABLE.findall(node.text):
            if context.environment is not None and name not in context.environment and name not in seen:
                seen.add(name)
                yield _unset(view, context, name, path, node)


def _file(context: Context, path: str, node: Scalar) -> Iterator[Problem]:
    found = FILE.fullmatch(node.text)
    if found is None:
        yield Problem(
            f"in {path} a ${{file:...}} stands beside other text, where claude gateway does not fill it in",
            "the text itself is used as the value",
            "make the reference the whole value (put the whole URL, say, into the file)",
            node.mark,
            path,
        )
    elif not found[1].startswith("/"):
        why = "claude gateway refuses to start ('${file:} path must be absolute')"
        yield Problem(f"{path} names a file with a relative path", why, "write the absolute path", node.mark, path)
    elif context.missing_file(found[1]):
        why = "claude gateway refuses to start when the file is missing where it runs"
        fix = "create the file there, or correct the path (in a container it may exist)"
        yield Problem(
            f"the file of {path} does not exist here",
            why,
            fix,
            node.mark,
            path,
            severity="warning",
            confidence="medium",
        )


def _unset(view: ClaudeGateway, context: Context, name: str, path: str, node: Scalar) -> Problem:
    here = view.runs_here(context)
    return Problem(
        f"the variable {name} is not set here",
        "claude gateway refuses to start when it is not set where it runs ('undefined env var in config')",
        f"set {name} in the environment that starts claude gateway (if it runs elsewhere, check it there)",
        node.mark,
        path,
        severity="error" if here else "warning",
        confidence="high" if here else "medium",
    )
