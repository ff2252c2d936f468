"""A callback is written so that LiteLLM does not start, or silently registers nothing.

What: callbacks as plain text, an unknown name in callbacks, success_callback: langfuse instead of a list.
Why: unknown names in callbacks are imported as Python modules and stop the start ('Empty module name');
    success_callback as text registers its single letters, and nothing is ever logged.
Fix: write a list of known names: [langfuse].

Bad:
    litellm_settings:
      success_callback: langfuse

Good:
    litellm_settings:
      success_callback: ["langfuse"]
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.nodes import Mapping, Scalar, Sequence, is_empty
from mcp_server.document.structure import wrap_in_list
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.litellm import litellm, schema
from mcp_server.validate.problem import Problem
from mcp_server.validate.schemas.names import close_name

ID = "callback-unknown"
KINDS: tuple[Kind, ...] = ("litellm",)
SEVERITY: Severity = "error"
LISTS = ("success_callback", "failure_callback", "service_callback", "audit_log_callbacks")


def check(document: Document, context: Context) -> Iterator[Problem]:
    config = litellm(document)
    known = tuple(schema().data["callbacks"])
    anywhere = tuple(name.removeprefix("legacy:") for name in known)
    for key in ("callbacks", *LISTS):
        node = config.setting("litellm_settings", key)
        path = f"litellm_settings.{key}"
        if isinstance(node, Mapping) or (node is not None and is_empty(node)):
            yield Problem(
                f"{key} is {node.kind}, and must be a list of names",
                "LiteLLM fails while it loads the file",
                f"write {key}: [NAME], or delete the line",
                node.mark,
                path,
            )
        elif isinstance(node, Scalar) and not is_empty(node):
            if key == "callbacks" and "." in node.text:
                continue  # one local module as text is allowed; local-module-missing looks for it
            yield Problem(
                f"{key} is the text {node.text}, and must be a list",
                "LiteLLM fails while it loads the file ('Empty module name')"
                if key == "callbacks"
                else "LiteLLM registers each letter as a callback, so nothing is ever sent",
                f"write {key}: [{node.text}]",
                node.mark,
                path,
                change=wrap_in_list(document, node, safe=True),
            )
        for index, item in enumerate(node.items if isinstance(node, Sequence) else ()):
            if not isinstance(item, Scalar) or not item.is_text:
                silent = key != "callbacks" and not isinstance(item, Scalar)
                yield Problem(
                    f"this callback is {item.kind}, and must be a name",
                    "LiteLLM starts, and nothing is ever sent"
                    if silent
                    else "LiteLLM fails while it loads the file, with a message that does not name the place",
                    "write the name of a callback, or delete the entry",
                    item.mark,
                    f"{path}[{index}]",
                    severity="warning" if silent else None,
                )
                continue
            if "." in item.text or item.text.startswith("os.environ/"):
                continue  # a local module, or a reference that another rule judges
            if key == "service_callback" or item.text in config.section("callback_settings"):
                continue
            valid = known if key == "callbacks" else anywhere
            if item.text in valid or (key != "callbacks" and f"legacy:{item.text}" in known):
                continue
            close = close_name(item.text, tuple(n for n in valid if not n.startswith("legacy:")))
            yield Problem(
                f"LiteLLM knows no callback {item.text} in {key}",
                "it takes the name for a Python module and fails to start ('Empty module name')"
                if key == "callbacks"
                else "it is accepted and nothing is ever sent",
                (f"did you mean {close}?" if close else "use a known name, or MODULE.OBJECT for your own file")
                + (" (s3, sentry and similar belong into success_callback)" if item.text in anywhere else ""),
                item.mark,
                f"{path}[{index}]",
                severity=None if key == "callbacks" else "warning",
            )
