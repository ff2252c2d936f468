"""A word stands where LiteLLM needs a number.

What: request_timeout: 10m, timeout: 30s, weight: heavy, rpm: ten, max_budget: lots and the like.
Why: depending on the key LiteLLM does not start, drops the deployment, or answers every call with 500.
Fix: write a plain number (timeouts are seconds, budgets are USD).

Bad:
    litellm_settings:
      request_timeout: 10m

Good:
    litellm_settings:
      request_timeout: 600
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.edits import replace_node
from mcp_server.document.nodes import Mapping, Node, Scalar, Sequence, is_empty, join
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.litellm import litellm, schema
from mcp_server.validate.problem import Problem

ID = "number-expected"
KINDS: tuple[Kind, ...] = ("litellm",)
SEVERITY: Severity = "error"

STOPS = "LiteLLM fails while it loads the file"
DROPS = "LiteLLM drops the deployment at start with only a log line"
FAILS = "LiteLLM starts, and every call answers 500"
STREAMS = "LiteLLM starts and plain calls work, but every streamed call answers 500; Claude Code always streams"
QUIET = "LiteLLM starts, and the setting does not do what you expect"
#: (section, key) to consequence and severity; measured on LiteLLM 1.106.2.
SETTINGS: dict[tuple[str, str], tuple[str, Severity]] = {
    ("litellm_settings", "request_timeout"): (FAILS, "error"),
    ("litellm_settings", "max_budget"): (STOPS, "error"),
    ("litellm_settings", "max_internal_user_budget"): (STOPS, "error"),
    ("litellm_settings", "default_max_internal_user_budget"): (STOPS, "error"),
    ("router_settings", "timeout"): (QUIET, "warning"),
    ("router_settings", "stream_timeout"): (STREAMS, "error"),
    ("router_settings", "default_max_parallel_requests"): (FAILS, "error"),
    ("router_settings", "cooldown_time"): (QUIET, "warning"),
    ("router_settings", "allowed_fails"): (QUIET, "warning"),
    ("router_settings", "retry_after"): (QUIET, "warning"),
    ("general_settings", "health_check_interval"): (QUIET, "warning"),
    ("general_settings", "max_parallel_requests"): (QUIET, "warning"),
    ("general_settings", "user_api_key_cache_ttl"): (STOPS, "error"),
    ("general_settings", "proxy_batch_write_at"): (QUIET, "warning"),
}
LATER = "LiteLLM does not convert it here; comparisons with numbers fail later"
#: Settings of the router in which a number in quotes stays text.
QUOTED: dict[str, tuple[str, Severity]] = {
    "cooldown_time": (LATER, "warning"),
    "allowed_fails": (LATER, "warning"),
    "retry_after": (LATER, "warning"),
    "default_max_parallel_requests": (FAILS, "error"),
}
PARAMETERS = {"timeout": FAILS, "stream_timeout": FAILS, "weight": FAILS, "max_parallel_requests": FAILS}
#: Parameters in which a number in quotes stays text.
STRICT = ("weight", "max_parallel_requests")
#: Beside litellm_params these must be numbers, and not in quotes.
LIMITS = ("tpm", "rpm")
INFO_KEYS = ("max_tokens",)
_NUMBER = re.compile(r"[+-]?(\d[\d_]*(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_DURATION = re.compile(r"(\d+)\s*(s|sec|seconds|m|min|minutes|h|hours?)")
_SECONDS = {"s": 1, "m": 60, "h": 3600}


def check(document: Document, context: Context) -> Iterator[Problem]:
    config = litellm(document)
    for (section, key), (why, severity) in SETTINGS.items():
        yield from _number(document, config.setting(section, key), join(section, key), why, severity)
    for key, (why, severity) in QUOTED.items():
        yield from _quoted(config.setting("router_settings", key), f"router_settings.{key}", why, severity)
    typed: dict[str, str] = schema().data["typed_params"]
    for deployment in config.deployments:
        for entry in deployment.params or ():
            if entry.name in PARAMETERS or typed.get(entry.name) in ("int", "float"):
                why = PARAMETERS.get(entry.name, DROPS)
                yield from _number(document, entry.value, deployment.param_path(entry.name), why, "error")
            elif entry.name == "temperature" and isinstance(entry.value, Scalar) and entry.value.is_text:
                yield from _quoted_temperature(document, entry.value, deployment.param_path(entry.name))
        for key in LIMITS:
            yield from _limit(deployment.node.get(key), f"{deployment.path}.{key}")
        for key in STRICT:
            node = deployment.params.get(key) if deployment.params else None
            yield from _quoted(node, deployment.param_path(key), FAILS, "error")
        for key in INFO_KEYS:
            node = deployment.info.get(key) if deployment.info else None
            yield from _number(document, node, f"{deployment.path}.model_info.{key}", QUIET, "warning")


def _limit(node: Node | None, path: str) -> Iterator[Problem]:
    if node is None or is_empty(node):
        return
    name = path.rpartition(".")[2]
    value = node.value if isinstance(node, Scalar) else None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        if not (isinstance(node, Scalar) and node.text.startswith("os.environ/")):
            why = f"LiteLLM starts, and every call answers 500 ('Deployment {name} must be numeric')"
            yield Problem(f"{name} is {node.kind}, and must be a number", why, "write a number", node.mark, path)
    elif value < 0:
        why = "LiteLLM starts, and every call answers 429"
        yield Problem(f"{name} is negative, so no request fits into it", why, "write a limit", node.mark, path)


def _quoted(node: Node | None, path: str, why: str, severity: Severity) -> Iterator[Problem]:
    """Numbers in quotes that LiteLLM does not convert."""
    if isinstance(node, Scalar) and node.is_text and _NUMBER.fullmatch(node.text.strip()):
        yield Problem(
            f"{path.rpartition('.')[2]} is the text {node.text!r}, and must be a number",
            why,
            "write the number without quotes",
            node.mark,
            path,
            severity=severity,
            confidence="high" if severity == "error" else "medium",
            change=replace_node(node, node.text.strip(), safe=True),
        )


def _number(document: Document, node: Node | None, path: str, why: str, severity: Severity) -> Iterator[Problem]:
    if isinstance(node, (Mapping, Sequence)) and severity == "error":
        name = path.rpartition(".")[2]
        yield Problem(f"{name} is {node.kind}, and must be a number", why, "write a plain number", node.mark, path)
        return
    if not isinstance(node, Scalar) or not _is_word(node):
        return
    duration = _DURATION.fullmatch(node.text.strip().lower())
    seconds = int(duration[1]) * _SECONDS[duration[2][0]] if duration and "time" in path else None
    yield Problem(
        f"{path.rpartition('.')[2]} is the text {node.text!r}, and must be a number",
        why,
        f"write {seconds} (seconds)" if seconds is not None else "write a plain number",
        node.mark,
        path,
        severity=severity,
        change=replace_node(node, str(seconds), safe=True) if seconds is not None else None,
    )


def _is_word(node: Scalar) -> bool:
    """Text that no conversion turns into a number; numeric strings are converted by LiteLLM and fine."""
    if not node.is_text or node.text.startswith("os.environ/") or "${" in node.text:
        return False
    return _NUMBER.fullmatch(node.text.strip()) is None


def _quoted_temperature(document: Document, node: Scalar, path: str) -> Iterator[Problem]:
    number = node.text.strip()
    yield Problem(
        "temperature is text, and must be a number",
        "LiteLLM sends it upstream as it stands, and providers refuse it with 400",
        "write the number without quotes",
        node.mark,
        path,
        severity="warning",
        change=replace_node(node, number, safe=True) if _NUMBER.fullmatch(number) else None,
    )
