"""A fallback names a model that this file does not define.

What: a target (or source) of fallbacks, context_window_fallbacks, content_policy_fallbacks or default_fallbacks
    that is no model_name, alias or wildcard of the file.
Why: LiteLLM says nothing at start; when the model fails, the fallback fails too and the first error comes back.
Fix: name a model_name of this file (not a provider string such as anthropic/claude-haiku-4-5).

Bad:
    model_list:
      - model_name: sonnet
        litellm_params: {model: anthropic/claude-sonnet-4-6}
    router_settings:
      fallbacks: [{sonnet: [haiku]}]

Good:
    model_list:
      - model_name: sonnet
        litellm_params: {model: anthropic/claude-sonnet-4-6}
      - model_name: haiku
        litellm_params: {model: anthropic/claude-haiku-4-5}
    router_settings:
      fallbacks: [{sonnet: [haiku]}]
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.nodes import Mapping, Node, Scalar, Sequence, join
from mcp_server.document.writing import set_text
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.litellm import FALLBACK_SECTIONS, LiteLLMConfig, litellm
from mcp_server.validate.problem import Problem
from mcp_server.validate.schemas.names import close_name

ID = "fallback-target-undefined"
KINDS: tuple[Kind, ...] = ("litellm",)
SEVERITY: Severity = "error"


def check(document: Document, context: Context) -> Iterator[Problem]:
    config = litellm(document)
    if config.incomplete:
        return  # other files or the database may define the models
    for path, source, key, targets in config.pairs:
        if source != "*" and not config.callable_name(source):
            close = close_name(source, tuple(config.groups))
            yield Problem(
                f"the fallback is for {source}, and no model_name of this file is called so",
                "it is never used",
                f"did you mean {close}?" if close else "use a model_name of this file",
                key.mark,
                path,
                severity="warning",
            )
        for target in targets:
            problem = _target(document, config, path, target)
            if problem:
                yield problem
    for section in FALLBACK_SECTIONS:
        node = config.setting(section, "default_fallbacks")
        for target in node.items if isinstance(node, Sequence) else ([node] if node else []):
            problem = _target(document, config, join(section, "default_fallbacks"), target)
            if problem:
                yield problem


def _target(document: Document, config: LiteLLMConfig, path: str, target: Node) -> Problem | None:
    inner = target.get("model") if isinstance(target, Mapping) else None  # {model: NAME, …} is allowed
    target = inner if inner is not None else target
    if isinstance(target, Scalar) and not target.is_text and not target.is_null:
        return Problem(
            f"the fallback target {target.text} is {target.kind}, and a name must be text",
            "the fallback is never found",
            "put the name in quotes",
            target.mark,
            path,
        )
    if not isinstance(target, Scalar) or not target.is_text or config.callable_name(target.text):
        return None
    by_string = next((d.name for d in config.deployments if d.name and d.model == target.text), None)
    close = by_string or close_name(target.text, tuple(config.groups))
    return Problem(
        f"the fallback target {target.text} is no model_name of this file",
        "when the first model fails, the fallback fails as well and the user sees the first error",
        (f"write {close}" if by_string else f"did you mean {close}?")
        if close
        else "add a model entry with this model_name",
        target.mark,
        path,
        change=set_text(document, target, close) if close else None,
    )
