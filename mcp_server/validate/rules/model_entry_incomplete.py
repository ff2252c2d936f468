"""A model entry lacks a part, or a part has the wrong type.

What: model_name, litellm_params or litellm_params.model missing, empty or not text; model_info that is no mapping.
Why: LiteLLM stops with a KeyError or TypeError that names neither the entry nor the line.
Fix: give every entry model_name (text) and litellm_params with model (text).

Bad:
    model_list:
      - model_name: sonnet
        model: anthropic/claude-sonnet-4-6

Good:
    model_list:
      - model_name: sonnet
        litellm_params:
          model: anthropic/claude-sonnet-4-6
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.nodes import Entry, Mapping, Mark, Node, Scalar, text
from mcp_server.document.writing import set_text
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.litellm import Deployment, litellm
from mcp_server.validate.problem import Problem
from mcp_server.validate.schemas.names import close_name, evident

ID = "model-entry-incomplete"
KINDS: tuple[Kind, ...] = ("litellm",)
SEVERITY: Severity = "error"
REFUSES = "LiteLLM fails while it loads the file, with a message that names neither entry nor line"


def check(document: Document, context: Context) -> Iterator[Problem]:
    for deployment in litellm(document).deployments:
        entry = deployment.node
        yield from _text(document, entry, "model_name", deployment.path)
        if deployment.params is None:
            yield _no_params(document, deployment)
        else:
            yield from _text(document, deployment.params, "model", deployment.path + ".litellm_params")
        yield from _info(entry.entry("model_info"), deployment.path)


def _text(document: Document, mapping: Mapping, name: str, path: str) -> Iterator[Problem]:
    found = mapping.entry(name)
    if found is None:
        close = _misspelt(mapping, name)
        yield Problem(
            f"{name} is missing" + (f"; {close.name} looks like it" if close else ""),
            REFUSES,
            f"rename {close.name} to {name}" if close else f"add {name}: TEXT",
            close.key.mark if close else mapping.mark,
            f"{path}.{name}",
            change=set_text(document, close.key, name, safe=evident(close.name, name)) if close else None,
        )
    elif not (text(found.value) or "").strip():
        node = found.value
        quotable = isinstance(node, Scalar) and not node.is_null and bool(node.text.strip())
        what = node.kind if quotable or not isinstance(node, Scalar) else "empty"
        yield Problem(
            f"{name} is {what}, and must be text",
            REFUSES if quotable or text(node) != "" else "LiteLLM starts, and no request reaches this deployment",
            "put it in quotes" if quotable else f"write {name}: TEXT",
            node.mark if quotable else found.key.mark,
            f"{path}.{name}",
            change=set_text(document, node, node.text, safe=True) if quotable and isinstance(node, Scalar) else None,
        )


def _no_params(document: Document, deployment: Deployment) -> Problem:
    found = deployment.node.entry("litellm_params")
    if found is not None:
        empty = isinstance(found.value, Scalar) and found.value.is_null
        return Problem(
            f"litellm_params is {found.value.kind}, and must be a mapping",
            REFUSES,
            "indent model: and the other parameters under litellm_params:"
            if empty
            else "write key: value lines below it",
            found.key.mark,
            f"{deployment.path}.litellm_params",
        )
    close = _misspelt(deployment.node, "litellm_params")
    inline = deployment.node.entry("model")
    return Problem(
        "litellm_params is missing" + (f"; {close.name} looks like it" if close else ""),
        REFUSES,
        f"rename {close.name} to litellm_params"
        if close
        else "put model: and its parameters under litellm_params:"
        if inline
        else "add litellm_params: with model: below it",
        (close or inline).key.mark if (close or inline) else deployment.node.mark,  # type: ignore[union-attr]
        f"{deployment.path}.litellm_params",
        change=set_text(document, close.key, "litellm_params", safe=evident(close.name, "litellm_params"))
        if close
        else None,
    )


def _misspelt(mapping: Mapping, name: str) -> Entry | None:
    known = {"model_name", "litellm_params", "model_info", "model", "tpm", "rpm", "api_base", "api_key"}
    others = tuple(e.name for e in mapping if e.name not in known)
    close = close_name(name, others)
    found = mapping.entry(close) if close else None
    wants_mapping = name == "litellm_params"
    return found if found is not None and isinstance(found.value, Mapping) == wants_mapping else None


def _info(found: Entry | None, path: str) -> Iterator[Problem]:
    if found is not None and not isinstance(found.value, Mapping):
        yield Problem(
            f"model_info is {found.value.kind}, and must be a mapping",
            REFUSES,
            "write key: value lines under model_info:, or delete it",
            _place(found.value, found),
            f"{path}.model_info",
        )


def _place(value: Node, found: Entry) -> Mark:
    return found.key.mark if isinstance(value, Scalar) and value.is_null else value.mark
