"""The setting works only with a LiteLLM Enterprise licence.

What: allowed_ips, enforced_params, worker_registry, the guardrail hide_secrets, Google Secret Manager and others.
Why: without a licence LiteLLM does not start ('You must be a LiteLLM Enterprise user').
Fix: delete the setting, or set LITELLM_LICENSE where LiteLLM runs.

Bad:
    general_settings:
      master_key: os.environ/LITELLM_MASTER_KEY
      allowed_ips: ["10.0.0.1"]

Good:
    general_settings:
      master_key: os.environ/LITELLM_MASTER_KEY
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.nodes import Mapping, Mark, Node, Scalar, Sequence, is_empty, scalar, text
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.litellm import LiteLLMConfig, litellm
from mcp_server.validate.problem import Problem

ID = "enterprise-only"
KINDS: tuple[Kind, ...] = ("litellm",)
SEVERITY: Severity = "error"

#: Settings that raise without a licence (read in LiteLLM 1.106.2, most of them measured).
GENERAL = ("allowed_ips", "enforced_params")
SECRET_MANAGERS = ("google_secret_manager", "hashicorp_vault", "cyberark")
OLD_GUARDRAILS = (
    "hide_secrets",
    "llmguard_moderations",
    "llamaguard_moderations",
    "google_text_moderation",
    "openai_moderations",
    "blocked_user_check",
)
CALLBACKS = (*OLD_GUARDRAILS, "banned_keywords", "aporia_prompt_injection", "smtp_email")


def check(document: Document, context: Context) -> Iterator[Problem]:
    if context.is_set("LITELLM_LICENSE"):
        return
    config = litellm(document)
    if not is_empty(config.setting("general_settings", "litellm_license")):
        return
    for path, what, mark in _found(config):
        yield Problem(
            f"{what} needs a LiteLLM Enterprise licence",
            "without one LiteLLM does not start ('You must be a LiteLLM Enterprise user')",
            "delete it, or set LITELLM_LICENSE where LiteLLM runs",
            mark,
            path,
            confidence="medium" if context.environment is None else "high",
        )


def _found(config: LiteLLMConfig) -> Iterator[tuple[str, str, Mark]]:
    general = config.section("general_settings")
    for key in GENERAL:
        entry = general.entry(key)
        if entry is not None and not is_empty(entry.value):
            yield f"general_settings.{key}", key, entry.key.mark
    manager = general.get("key_management_system")
    if text(manager) in SECRET_MANAGERS[:1] and manager is not None:
        yield "general_settings.key_management_system", f"the secret manager {text(manager)}", manager.mark
    registry = config.root.entry("worker_registry")
    if registry is not None and not is_empty(registry.value):
        yield "worker_registry", "worker_registry", registry.key.mark
    callbacks = config.setting("litellm_settings", "callbacks")
    for node in _names(callbacks):
        if node.text in CALLBACKS:
            yield "litellm_settings.callbacks", f"the callback {node.text}", node.mark
    old = config.setting("litellm_settings", "guardrails")
    for item in old.items if isinstance(old, Sequence) else ():
        for entry in item if isinstance(item, Mapping) else ():
            on = isinstance(entry.value, Mapping) and scalar(entry.value.get("default_on")) is True
            inner = entry.value.get("callbacks") if on and isinstance(entry.value, Mapping) else None
            for node in _names(inner):
                if node.text in OLD_GUARDRAILS:
                    yield f"litellm_settings.guardrails.{entry.name}", f"the guardrail {node.text}", node.mark


def _names(node: Node | None) -> list[Scalar]:
    return [i for i in node.items if isinstance(i, Scalar)] if isinstance(node, Sequence) else []
