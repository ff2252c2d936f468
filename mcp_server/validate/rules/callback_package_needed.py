"""A callback needs a Python package that a plain installation of LiteLLM lacks.

What: prometheus, langfuse, otel and others in callbacks, success_callback or failure_callback.
Why: with pip install 'litellm[proxy]' alone LiteLLM does not start with prometheus ("No module named
    'prometheus_client'"), answers every call with 500 with wandb, and logs an error and sends nothing with langfuse.
    LiteLLM's container image carries prometheus_client.
Fix: install the named package where LiteLLM runs.

Bad:
    litellm_settings:
      callbacks: [prometheus]

Good:
    litellm_settings:
      callbacks: [lago]
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.nodes import Mark, Scalar, Sequence
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.litellm import litellm
from mcp_server.validate.problem import Problem

ID = "callback-package-needed"
KINDS: tuple[Kind, ...] = ("litellm",)
SEVERITY: Severity = "warning"

STOPS = "without it LiteLLM does not start"
FAILS = "without it LiteLLM starts, and every call answers 500"
QUIET = "without it LiteLLM logs an error and sends nothing"
#: Callback to package and what happens without it (measured on a plain installation).
PACKAGES = {
    "prometheus": ("prometheus-client", STOPS),
    "langfuse": ("langfuse", QUIET),
    "mlflow": ("mlflow", QUIET),
    "lunary": ("lunary", FAILS),
    "traceloop": ("traceloop-sdk", FAILS),
    "wandb": ("wandb", FAILS),
    "sentry": ("sentry-sdk", FAILS),
    **dict.fromkeys(
        ("otel", "arize", "arize_phoenix", "agentops", "langfuse_otel", "signoz", "weave_otel"),
        ("opentelemetry-sdk", QUIET),
    ),
}
LISTS = ("callbacks", "success_callback", "failure_callback", "service_callback")


def check(document: Document, context: Context) -> Iterator[Problem]:
    seen: set[str] = set()
    for key in LISTS:
        node = litellm(document).setting("litellm_settings", key)
        for index, item in enumerate(node.items if isinstance(node, Sequence) else ()):
            name = item.text.removesuffix("_system") if isinstance(item, Scalar) else ""
            if name in PACKAGES and name not in seen:
                seen.add(name)
                package, why = PACKAGES[name]
                yield _problem(name, package, why, item.mark, f"litellm_settings.{key}[{index}]")


def _problem(name: str, package: str, why: str, mark: Mark, path: str) -> Problem:
    return Problem(
        f"the callback {name} needs the package {package}, which a plain installation of LiteLLM lacks",
        why,
        f"be sure that it is there: pip install {package} (where LiteLLM runs)",
        mark,
        path,
        severity="info" if why == QUIET else "warning",
        confidence="medium",
    )
