"""A deployment parameter has a type that makes LiteLLM drop the deployment.

What: a number, list or mapping where LiteLLM checks for text (api_base: 7, api_key: [x], vertex_project: 123), text
    or a number where it checks for a list or mapping (tags: free).
Why: LiteLLM logs an error, drops the deployment and starts without it; the first request answers 400.
Fix: put numbers in quotes, and write lists as [a, b].

Bad:
    model_list:
      - model_name: gemini
        litellm_params: {model: vertex_ai/gemini-3.5-flash, vertex_project: 123456789}

Good:
    model_list:
      - model_name: gemini
        litellm_params: {model: vertex_ai/gemini-3.5-flash, vertex_project: "123456789"}
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.edit import Change
from mcp_server.document.nodes import Mapping, Node, Scalar, Sequence, is_empty, text
from mcp_server.document.structure import wrap_in_list
from mcp_server.document.writing import set_text
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.litellm import litellm, schema
from mcp_server.validate.problem import Problem

ID = "parameter-type"
KINDS: tuple[Kind, ...] = ("litellm",)
SEVERITY: Severity = "error"

WANTED = {"str": "text", "list": "a list", "dict": "a mapping"}

DROPS = "LiteLLM drops the deployment at start with only a log line; requests for it answer 400"
FAILS = "LiteLLM starts, and every call answers 500"
#: Parameters that nothing checks at start, and that each call takes apart (measured).
CALLS = {"headers": "dict", "extra_headers": "dict", "metadata": "dict", "tools": "list"}


def check(document: Document, context: Context) -> Iterator[Problem]:
    typed: dict[str, str] = schema().data["typed_params"]
    for deployment in litellm(document).deployments:
        for entry in deployment.params or ():
            if entry.name == "tags" and isinstance(entry.value, Sequence):
                yield from _items(entry.value, deployment.param_path("tags"))
            wanted = CALLS.get(entry.name) or typed.get(entry.name, "")
            if entry.name == "vertex_credentials" and _no_credentials(entry.value):
                wanted = "str"
            if wanted not in WANTED or entry.name == "model" or is_empty(entry.value) or _fits(entry.value, wanted):
                continue
            new = _edit(entry.value, wanted)
            yield Problem(
                f"{entry.name} is {entry.value.kind}, and must be {WANTED[wanted]}",
                FAILS if entry.name in CALLS else DROPS,
                f"write {entry.name}: {new}" if new else f"write {WANTED[wanted]}",
                entry.value.mark,
                deployment.param_path(entry.name),
                change=_change(document, entry.value, wanted),
            )


def _items(node: Sequence, path: str) -> Iterator[Problem]:
    for index, item in enumerate(node.items):
        if text(item) is None:
            yield Problem(
                f"this tag is {item.kind}, and must be text",
                DROPS,
                "put it in quotes" if isinstance(item, Scalar) else "write text",
                item.mark,
                f"{path}[{index}]",
            )


def _fits(node: Node, wanted: str) -> bool:
    if isinstance(node, Scalar):
        # dates are judged by date-needs-quotes; references are resolved before the check
        return node.text.startswith("os.environ/") or (wanted == "str" and (node.is_text or node.kind == "a date"))
    return isinstance(node, Sequence if wanted == "list" else Mapping) if wanted != "str" else False


def _no_credentials(node: Node) -> bool:
    """Neither the path or text of credentials nor a mapping of them."""
    return isinstance(node, Sequence) or (isinstance(node, Scalar) and not node.is_text and node.kind != "a date")


def _change(document: Document, node: Node, wanted: str) -> Change | None:
    if not isinstance(node, Scalar) or wanted == "dict":
        return None
    if wanted == "list":
        return wrap_in_list(document, node, safe=True)
    return set_text(document, node, node.text, safe=True)


def _edit(node: Node, wanted: str) -> str | None:
    if not isinstance(node, Scalar) or wanted == "dict":
        return None
    return f'"{node.text}"' if wanted == "str" else f"[{node.text}]"
