"""The file is not YAML that LiteLLM can read.

What: a syntax error, a second document, an unknown tag, an undefined alias, an empty file, a root that is not a
    mapping, or text that is not UTF-8.
Why: LiteLLM reads the file with a safe YAML loader and refuses to start at the first such place.
Fix: repair the named line; put values that contain ': ', '#', '{', '*' or '@' in quotes and indent with spaces.

Bad:
    model_list:
      - model_name: *
        litellm_params: {model: anthropic/claude-sonnet-4-6}

Good:
    model_list:
      - model_name: "*"
        litellm_params: {model: anthropic/claude-sonnet-4-6}
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.document import Document
from mcp_server.validate.nodes import Mapping, Mark, is_empty
from mcp_server.validate.problem import Problem

ID = "yaml-syntax"
KINDS: tuple[Kind, ...] = ("litellm",)
SEVERITY: Severity = "error"
WHY = "LiteLLM refuses to start on a file it cannot read as one YAML mapping"


def check(document: Document, context: Context) -> Iterator[Problem]:
    for found in document.syntax:
        yield Problem(found.problem, WHY, found.fix, found.mark)
    if document.syntax and document.root is None:
        return
    if is_empty(document.root):
        yield Problem(
            "the file is empty",
            "LiteLLM answers 'Config cannot be None or Empty' and does not start",
            "add at least model_list: and general_settings:; generate_config writes a complete file",
            Mark(1, 1),
        )
    elif not isinstance(document.root, Mapping):
        assert document.root is not None
        yield Problem(
            f"the file is {document.root.kind}, not a mapping of sections",
            WHY,
            "put the entries under model_list: and indent them",
            document.root.mark,
        )
