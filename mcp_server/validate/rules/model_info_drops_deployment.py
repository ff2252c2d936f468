"""A value in model_info makes LiteLLM drop the deployment, or overwrite another one.

What: tier other than free or paid, a number or list where text belongs (base_model), supported_environments
    without LITELLM_ENVIRONMENT, the same id twice.
Why: such a deployment is dropped at start with only a log line; of two equal ids the second takes the place of the
    first.
Fix: use tier: free or paid, set LITELLM_ENVIRONMENT, give every deployment its own id.

Bad:
    model_list:
      - model_name: sonnet
        litellm_params: {model: anthropic/claude-sonnet-4-6}
        model_info: {tier: 2}

Good:
    model_list:
      - model_name: sonnet
        litellm_params: {model: anthropic/claude-sonnet-4-6}
        model_info: {tier: paid}
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.nodes import Mapping, Mark, Node, Scalar, is_empty
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.litellm import litellm, schema
from mcp_server.validate.problem import Problem
from mcp_server.validate.schemas.value_types import NUMBER

ID = "model-info-drops-deployment"
KINDS: tuple[Kind, ...] = ("litellm",)
SEVERITY: Severity = "error"

#: Switches that cannot be left empty, and moments (fields of LiteLLM's ModelInfo).
FLAGS = {"db_model", "member_auto_router"}
MOMENTS = {"created_at", "updated_at", "ptu_effective_from", "ptu_effective_to"}
DROPPED = "LiteLLM drops the deployment at start with only a log line; requests for it answer 400"


def check(document: Document, context: Context) -> Iterator[Problem]:
    config = litellm(document)
    seen: dict[str, Mark] = {}
    for deployment in config.deployments:
        if deployment.info is None:
            continue
        path = f"{deployment.path}.model_info"
        tier = deployment.info.get("tier")
        if (
            tier is not None
            and not is_empty(tier)
            and not (isinstance(tier, Scalar) and tier.value in ("free", "paid"))
        ):
            yield Problem(
                f"tier is {tier.text if isinstance(tier, Scalar) else tier.kind}, and may only be free or paid",
                DROPPED,
                "write tier: free or tier: paid, or keep your own classes under another key",
                tier.mark,
                f"{path}.tier",
            )
        yield from _typed(deployment.info, path)
        environments = deployment.info.entry("supported_environments")
        if environments is not None and context.is_set("LITELLM_ENVIRONMENT") is False:
            yield Problem(
                "supported_environments is set, and the variable LITELLM_ENVIRONMENT is not set here",
                DROPPED,
                "set LITELLM_ENVIRONMENT (development, staging or production) where LiteLLM runs",
                environments.key.mark,
                f"{path}.supported_environments",
                severity=None if config.runs_here(context) else "warning",
                confidence="high" if config.runs_here(context) else "medium",
            )
        identity = deployment.info.get("id")
        if isinstance(identity, Scalar) and not identity.is_null:
            if identity.text in seen:
                yield Problem(
                    f"the id {identity.text} is used before, on line {seen[identity.text].line}",
                    "the second deployment takes the place of the first in LiteLLM's index",
                    "give each deployment its own id, or none",
                    identity.mark,
                    f"{path}.id",
                    severity="warning",
                )
            seen.setdefault(identity.text, identity.mark)


def _typed(info: Mapping, path: str) -> Iterator[Problem]:
    typed: dict[str, str] = schema().data["typed_info"]
    for entry in info:
        if entry.name in FLAGS and is_empty(entry.value):
            yield Problem(
                f"{entry.name} is empty, and must be true or false",
                DROPPED,
                f"delete the line, or write {entry.name}: false",
                entry.key.mark,
                f"{path}.{entry.name}",
            )
        elif entry.name in MOMENTS and not is_empty(entry.value) and not _is_moment(entry.value):
            yield Problem(
                f"{entry.name} is {entry.value.kind}, and must be a date and time",
                DROPPED,
                'write it like "2026-01-02T03:04:05Z", or delete the line',
                entry.value.mark,
                f"{path}.{entry.name}",
            )
        if typed.get(entry.name) != "str" or is_empty(entry.value):
            continue
        if isinstance(entry.value, Scalar) and (entry.value.is_text or entry.name == "id"):  # ids are converted
            continue
        yield Problem(
            f"{entry.name} is {entry.value.kind}, and must be text",
            DROPPED,
            "put it in quotes" if isinstance(entry.value, Scalar) else "write text",
            entry.value.mark,
            f"{path}.{entry.name}",
        )


def _is_moment(node: Node) -> bool:
    if not isinstance(node, Scalar) or isinstance(node.value, bool):
        return False
    if not node.is_text:
        return True  # a date, or seconds since 1970
    try:
        datetime.fromisoformat(node.text.strip().replace("Z", "+00:00"))
    except ValueError:
        return NUMBER.fullmatch(node.text.strip()) is not None
    return True
