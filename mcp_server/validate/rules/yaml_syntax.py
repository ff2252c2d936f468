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

import re
from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.nodes import Mapping, Mark, is_empty
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.problem import Problem

ID = "yaml-syntax"
KINDS: tuple[Kind, ...] = ("litellm", "docker-compose", "kubernetes", "claude-gateway", "truefoundry")
SEVERITY: Severity = "error"
WHY: dict[str, str] = {
    "litellm": "LiteLLM refuses to start on a file it cannot read as one YAML mapping",
    "docker-compose": "Compose refuses a file it cannot read as one YAML mapping",
    "kubernetes": "kubectl refuses a file in which it cannot read every document as one object",
    "claude-gateway": "claude gateway refuses a file it cannot read as one YAML mapping, and exits",
    "truefoundry": "tfy apply refuses a file in which it cannot read every document as one manifest",
}
#: What the sentences of the reader call an empty file and a wrong root, and what to do about them.
EMPTY: dict[str, tuple[str, str]] = {
    "litellm": (
        "LiteLLM answers 'Config cannot be None or Empty' and does not start",
        "add at least model_list: and general_settings:; generate_config writes a complete file",
    ),
    "docker-compose": ("Compose refuses an empty file", "add services: with at least one service"),
    "kubernetes": ("kubectl finds no objects in it", "add apiVersion:, kind: and metadata:"),
    "claude-gateway": ("claude gateway refuses it and exits", "add listen:, upstreams:, oidc:, session: and store:"),
    "truefoundry": ("tfy apply finds no manifest in it", "add type: and name:"),
}
ROOT: dict[str, str] = {
    "litellm": "put the entries under model_list: and indent them",
    "docker-compose": "put the services under services: and indent them",
    "kubernetes": "write one object per document: apiVersion:, kind:, metadata:",
    "claude-gateway": "write the sections listen:, upstreams:, oidc:, session:, store:",
    "truefoundry": "write one manifest per document: type:, name:",
}
_TEMPLATE = re.compile(r"\{\{|\{%")


def check(document: Document, context: Context) -> Iterator[Problem]:
    kind = context.kind
    template = _template(document) if document.syntax and kind != "litellm" else None
    if template is not None:
        yield Problem(
            "this is a template (Helm or Jinja) that has not been rendered, so the rest of the file is not checked",
            "kubectl and other programs refuse it in this form; only the rendered file can be judged",
            "render it and check the result: helm template RELEASE CHART > rendered.yaml",
            template,
        )
        return
    for found in document.syntax:
        yield Problem(found.problem, WHY[kind], found.fix, found.mark, change=found.change)
    if document.syntax and document.root is None:
        return
    if all(is_empty(root) for root in document.roots):
        why, fix = EMPTY[kind]
        yield Problem("the file is empty", why, fix, Mark(1, 1))
        return
    for root in document.roots:
        if not isinstance(root, Mapping) and not is_empty(root):
            what = "a mapping of sections" if kind == "litellm" else "a mapping"
            yield Problem(f"the file is {root.kind}, not {what}", WHY[kind], ROOT[kind], root.mark)


def _template(document: Document) -> Mark | None:
    """The first place of a template, when that is why the file cannot be read."""
    for number, line in enumerate(document.lines, 1):
        found = _TEMPLATE.search(line)
        if found and not line.lstrip().startswith("#"):
            return Mark(number, found.start() + 1)
    return None
