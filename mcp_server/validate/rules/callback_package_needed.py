"""A callback needs a Python package that a plain installation of LiteLLM lacks.

What: prometheus, langfuse and others in callbacks, success_callback or failure_callback.
Why: with pip install 'litellm[proxy]' alone LiteLLM does not start with prometheus ("No module named
    'prometheus_client'"); langfuse logs an error and sends nothing. LiteLLM's container image carries
    prometheus_client.
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
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.document import Document
from mcp_server.validate.kinds.litellm import litellm
from mcp_server.validate.nodes import Mark, Scalar, Sequence
from mcp_server.validate.problem import Problem

ID = "callback-package-needed"
KINDS: tuple[Kind, ...] = ("litellm",)
SEVERITY: Severity = "warning"

#: Callback to package and whether LiteLLM does not start without it (measured on a plain installation).
PACKAGES = {"prometheus": ("prometheus-client", True), "langfuse": ("langfuse", False)}
LISTS = ("callbacks", "success_callback", "failure_callback", "service_callback")


def check(document: Document, context: Context) -> Iterator[Problem]:
    seen: set[str] = set()
    for key in LISTS:
        node = litellm(document).setting("litellm_settings", key)
        for index, item in enumerate(node.items if isinstance(node, Sequence) else ()):
            name = item.text.removesuffix("_system") if isinstance(item, Scalar) else ""
            if name in PACKAGES and name not in seen:
                seen.add(name)
                package, fatal = PACKAGES[name]
                yield _problem(name, package, fatal, item.mark, f"litellm_settings.{key}[{index}]")


def _problem(name: str, package: str, fatal: bool, mark: Mark, path: str) -> Problem:
    return Problem(
        f"the callback {name} needs the package {package}, which a plain installation of LiteLLM lacks",
        "without it LiteLLM does not start" if fatal else "without it LiteLLM logs an error and sends nothing",
        f"be sure that it is there: pip install {package} (where LiteLLM runs)",
        mark,
        path,
        severity="warning" if fatal else "info",
        confidence="medium",
    )
