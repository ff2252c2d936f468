"""A callback needs variables that are not set.

What: a callback whose service is configured by variables (presidio, datadog, braintrust, logfire and others), and none
    of them is set here or in environment_variables.
Why: with presidio LiteLLM does not start; with most others it logs an error and sends nothing, and with supabase or
    slack in success_callback it answers calls with 500.
Fix: set the variables where LiteLLM runs, or delete the callback.

Bad:
    litellm_settings:
      callbacks: [presidio]

Good:
    litellm_settings:
      callbacks: [presidio]
    environment_variables:
      PRESIDIO_ANALYZER_API_BASE: http://presidio-analyzer:3000
      PRESIDIO_ANONYMIZER_API_BASE: http://presidio-anonymizer:3000
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.nodes import Scalar, Sequence
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.litellm import LiteLLMConfig, litellm
from mcp_server.validate.problem import Problem

ID = "callback-variable-missing"
KINDS: tuple[Kind, ...] = ("litellm",)
SEVERITY: Severity = "warning"

#: Callback to the variables without which LiteLLM 1.106.2 complained (measured).
STOPS: dict[str, tuple[str, ...]] = {
    "presidio": ("PRESIDIO_ANALYZER_API_BASE", "PRESIDIO_ANONYMIZER_API_BASE"),
    "aporia_prompt_injection": ("APORIO_API_KEY",),
}
FAILS: dict[str, tuple[str, ...]] = {
    "supabase": ("SUPABASE_URL",),
    "slack": ("SLACK_API_TOKEN",),
    "sentry": ("SENTRY_DSN",),
}
QUIET: dict[str, tuple[str, ...]] = {
    "azure_sentinel": ("AZURE_SENTINEL_DCR_IMMUTABLE_ID",),
    "braintrust": ("BRAINTRUST_API_KEY",),
    "clickhouse": ("CLICKHOUSE_URL",),
    "datadog": ("DD_API_KEY",),
    "datadog_llm_observability": ("DD_API_KEY",),
    "deepeval": ("CONFIDENT_API_KEY",),
    "generic_api": ("GENERIC_LOGGER_ENDPOINT",),
    "lago": ("LAGO_API_KEY", "LAGO_API_BASE", "LAGO_API_EVENT_CODE"),
    "langtrace": ("LANGTRACE_API_KEY",),
    "levo": ("LEVOAI_API_KEY",),
    "logfire": ("LOGFIRE_TOKEN",),
    "openmeter": ("OPENMETER_API_KEY",),
    "pagerduty": ("PAGERDUTY_API_KEY",),
    "posthog": ("POSTHOG_API_KEY",),
}
NEEDS: tuple[tuple[dict[str, tuple[str, ...]], str, Severity], ...] = (
    (STOPS, "without them LiteLLM does not start", "error"),
    (FAILS, "without them LiteLLM starts, and calls answer 500 or hang", "warning"),
    (QUIET, "without them LiteLLM logs an error at start and sends nothing", "warning"),
)
LISTS = ("callbacks", "success_callback", "failure_callback")


def check(document: Document, context: Context) -> Iterator[Problem]:
    if context.environment is None:
        return
    config = litellm(document)
    here = config.runs_here(context)
    for key in LISTS:
        node = config.setting("litellm_settings", key)
        for index, item in enumerate(node.items if isinstance(node, Sequence) else ()):
            for table, why, severity in NEEDS:
                names = table.get(item.text, ()) if isinstance(item, Scalar) else ()
                missing = [name for name in names if not _is_set(config, context, name)]
                if missing and isinstance(item, Scalar):
                    yield Problem(
                        f"the callback {item.text} needs {', '.join(missing)}, which {_be(missing)} not set here",
                        why,
                        "set them where LiteLLM runs, or delete the callback",
                        item.mark,
                        f"litellm_settings.{key}[{index}]",
                        severity=severity if here else "info",
                        confidence="high" if here else "medium",
                    )


def _is_set(config: LiteLLMConfig, context: Context, name: str) -> bool:
    """Set in the environment, or by the file itself, which LiteLLM does before it loads callbacks."""
    return bool(context.is_set(name)) or name in config.effective("environment_variables")


def _be(names: list[str]) -> str:
    return "is" if len(names) == 1 else "are"
