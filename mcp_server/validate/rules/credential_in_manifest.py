"""A credential stands in clear in a Compose file or manifest.

What: an API key, token, password or master key as the literal value of a variable, in a ConfigMap, or as the default
    of ${NAME:-...}.
Why: such files are committed and shown in every review; docker inspect and kubectl describe print the values. A
    ConfigMap may be read by everybody with access to the namespace.
Fix: Compose: write ${NAME} and keep the value in an untracked .env file, or use secrets. Kubernetes: valueFrom with a
    secretKeyRef. Rotate a key that has been shared.

Bad:
    services:
      litellm:
        image: ghcr.io/berriai/litellm:v1.106.2
        environment:
          ANTHROPIC_API_KEY: sk-ant-api03-notarealkeynotarealkey00

Good:
    services:
      litellm:
        image: ghcr.io/berriai/litellm:v1.106.2
        environment:
          ANTHROPIC_API_KEY: ${ANTHROPIC_API_KEY}
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.env_reader import REFERENCE
from mcp_server.document.nodes import Mark, Scalar, text
from mcp_server.redact import hint, redact
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.containers import containers
from mcp_server.validate.kinds.kubernetes import cluster
from mcp_server.validate.problem import Problem
from mcp_server.validate.rules.secret_in_clear import HARMLESS, SHAPED

ID = "credential-in-manifest"
KINDS: tuple[Kind, ...] = ("docker-compose", "kubernetes")
SEVERITY: Severity = "warning"
_NAME = re.compile(
    r"\w*(?:API_?KEY|ACCESS_KEY|AUTH_TOKEN|ACCESS_TOKEN|REFRESH_TOKEN|OAUTH_TOKEN|MASTER_KEY|SALT_KEY|SECRET_KEY|PRIVATE_KEY"
    r"|CLIENT_SECRET|_SECRET|PASSWORD|PASSWD|BEARER_TOKEN_\w+)"
)


def check(document: Document, context: Context) -> Iterator[Problem]:
    compose = context.kind == "docker-compose"
    seen: set[Mark] = set()
    for container in containers(document, context):
        for setting in container.settings:
            written = setting.node
            if setting.path.startswith(container.path) and isinstance(written, Scalar) and written.mark not in seen:
                found = _credential(setting.name, written.text if setting.value is None else setting.value)
                if found and written.is_text:
                    seen.add(written.mark)
                    yield _problem(setting.name, found, compose=compose, mark=written.mark, path=setting.path)
    for item in cluster(document).objects if not compose else ():
        for block, entry in item.data() if item.kind == "ConfigMap" else ():
            value = text(entry.value)
            found = _credential(entry.name, value) if value is not None and "\n" not in value.strip() else None
            if found:
                path = f"{item.path}.{block}.{entry.name}"
                yield Problem(
                    f"{entry.name} is a credential ({found}) in a ConfigMap",
                    "a ConfigMap is readable for everybody with access to the namespace, and is shown in reviews",
                    "move it to a Secret; rotate it if the file was shared",
                    entry.value.mark,
                    path,
                )


def _problem(name: str, found: str, *, compose: bool, mark: Mark, path: str) -> Problem:
    return Problem(
        f"{name} stands here in clear ({found})",
        "the file is committed and shown in reviews; "
        + ("docker inspect" if compose else "kubectl describe")
        + " prints the value",
        f"write ${{{name}}} and keep the value in an untracked .env file; rotate it if the file was shared"
        if compose
        else "keep it in a Secret and use valueFrom with secretKeyRef; rotate it if the file was shared",
        mark,
        path,
    )


def _credential(name: str, value: str | None) -> str | None:
    """What sort of credential a value is, ``None`` when it is none, a reference or a placeholder."""
    value = (value or "").strip()[:4_000]
    if "$" in value:  # what is filled in is no part of the file: postgresql://user:${PASSWORD}@db
        value = re.sub(r"//[^/@:]*:?@", "//", REFERENCE.sub("", value))
    if HARMLESS.match(value[:200]) or "$(" in value or "{{" in value:
        return None
    by_shape = len(value) >= 12 and SHAPED.search(value) is not None and redact(value) != value
    by_name = _NAME.fullmatch(name.upper()) is not None and " " not in value and not value.startswith(("/", "~"))
    if not by_shape and not by_name:
        return None
    return "a URL with a password" if "://" in value else hint(value)
