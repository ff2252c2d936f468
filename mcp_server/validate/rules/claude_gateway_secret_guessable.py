"""A secret of claude gateway can be guessed.

What: a session.jwt_secret or admin key written out that repeats a few characters, holds a word such as changeme or
    secret, or is taken from an example.
Why: who knows jwt_secret can sign in as anybody, and who knows an admin key can change spend limits. claude gateway
    checks only the length.
Fix: make one: openssl rand -base64 48; put it into the environment and write ${NAME}.

Bad:
    listen: {host: 127.0.0.1}
    upstreams:
      - {provider: anthropic, auth: {api_key: "${ANTHROPIC_API_KEY}"}}
    oidc: {issuer: https://login.example.com, client_id: gateway, client_secret: "${OIDC_SECRET}"}
    session: {jwt_secret: changeme-changeme-changeme-changeme}
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
from mcp_server.document.nodes import Node, Sequence
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.claude_gateway import gateway, text
from mcp_server.validate.problem import Problem

ID = "claude-gateway-secret-guessable"
KINDS: tuple[Kind, ...] = ("claude-gateway",)
SEVERITY: Severity = "warning"
#: Fewer different characters than a random text of this length ever has.
MIN_DIFFERENT = 10
WORDS = re.compile(
    r"(?i)change.?me|example|placeholder|replace|your[-_ ]|secret|password|0123456789|abcdefgh|12345678|at.least"
)


def check(document: Document, context: Context) -> Iterator[Problem]:
    view = gateway(document)
    secret = view.node("session.jwt_secret")
    places: list[tuple[str, Node | None]] = [("session.jwt_secret", secret)]
    if isinstance(secret, Sequence):
        places = [(f"session.jwt_secret[{index}]", item) for index, item in enumerate(secret.items)]
    for keys in ("admin.read_keys", "admin.write_keys"):
        places += [(f"{path}.key", key.get("key")) for path, key in view.items(keys)]
    for path, node in places:
        written = text(node)
        if node is None or written is None or len(written) < 32:
            continue  # shorter ones are refused: claude-gateway-value
        if len(set(written)) < MIN_DIFFERENT or WORDS.search(written):
            yield Problem(
                f"{path} can be guessed: it repeats a few characters or holds an everyday word",
                "who knows it can sign in as anybody or change spend limits; claude gateway checks only its length",
                "make a random one and write ${NAME} here",
                node.mark,
                path,
                command="openssl rand -base64 48",
            )
