"""The image of the gateway has no fixed version.

What: a LiteLLM image without tag, or with latest, main-latest, main-stable and the like.
Why: the next pull or the next node gets another release: keys of the configuration are renamed, defaults change, and
    a rollback has nothing to go back to.
Fix: name a release or a digest: image: ghcr.io/berriai/litellm:v1.106.2

Bad:
    services:
      litellm:
        image: ghcr.io/berriai/litellm:main-latest

Good:
    services:
      litellm:
        image: ghcr.io/berriai/litellm:v1.106.2
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.nodes import text
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.containers import gateways
from mcp_server.validate.problem import Problem

ID = "image-unpinned"
KINDS: tuple[Kind, ...] = ("docker-compose", "kubernetes")
SEVERITY: Severity = "warning"
_MOVING = re.compile(r"(?:[\w.]+-)?(latest|stable|nightly|dev|edge)|main|master|v?\d+")


def check(document: Document, context: Context) -> Iterator[Problem]:
    for container in gateways(document, context):
        name = text(container.image) or ""
        if not name or "$" in name or "{{" in name or "@sha256:" in name:
            continue
        tag = name[len(container.repository) + 1 :]
        moving = _MOVING.fullmatch(tag)
        if tag and not moving:
            continue
        assert container.image is not None
        stable = moving is not None and moving[1] == "stable"
        yield Problem(
            f"the image has the moving tag {tag}" if tag else "the image has no tag, which means latest",
            "each pull may bring another release of the gateway, with other defaults and key names; "
            "no one can tell which one runs",
            f"name a release: {container.repository}:v1.106.2 (or the digest that runs now)",
            container.image.mark,
            f"{container.path}.image",
            severity="info" if stable else None,
        )
