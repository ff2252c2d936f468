"""The gateway's container gets no master key.

What: a LiteLLM service or container without LITELLM_MASTER_KEY, where no configuration file and no env_file or envFrom
    could bring one.
Why: LiteLLM refuses to start without a master key.
Fix: pass LITELLM_MASTER_KEY: ${LITELLM_MASTER_KEY} from an untracked .env file, or a secretKeyRef.

Bad:
    services:
      litellm:
        image: ghcr.io/berriai/litellm:v1.106.2
        environment: {ANTHROPIC_API_KEY: "${ANTHROPIC_API_KEY}"}

Good:
    services:
      litellm:
        image: ghcr.io/berriai/litellm:v1.106.2
        environment:
          ANTHROPIC_API_KEY: ${ANTHROPIC_API_KEY}
          LITELLM_MASTER_KEY: ${LITELLM_MASTER_KEY}
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.containers import gateways
from mcp_server.validate.problem import Problem

ID = "gateway-without-master-key"
KINDS: tuple[Kind, ...] = ("docker-compose", "kubernetes")
SEVERITY: Severity = "error"
BRINGS = ("LITELLM_MASTER_KEY", "LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY", "CONFIG_FILE_PATH")


def check(document: Document, context: Context) -> Iterator[Problem]:
    for container in gateways(document, context):
        elsewhere = container.mounts or "build" in container.node or container.option("--config", "-c")
        script = any(word.endswith((".sh", ".py")) for word, _ in container.words)
        if not container.is_official or elsewhere or script or not container.complete:
            continue
        if not any(container.setting(name) for name in BRINGS):
            yield Problem(
                f"the {container.word} {container.name} gets no LITELLM_MASTER_KEY",
                "LiteLLM refuses to start: every request would be accepted without authentication",
                "pass LITELLM_MASTER_KEY (sk- plus random text) from an untracked .env file"
                if container.kind == "docker-compose"
                else "pass LITELLM_MASTER_KEY with valueFrom and a secretKeyRef",
                container.image.mark if container.image else container.entry,
                f"{container.path}.{'environment' if container.kind == 'docker-compose' else 'env'}.LITELLM_MASTER_KEY",
                confidence="medium",
            )
