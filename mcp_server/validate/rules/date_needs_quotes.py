"""A date without quotes stands where LiteLLM needs text.

What: a header or version such as anthropic-version: 2023-06-01 without quotes, in a settings section or a deployment.
Why: YAML turns it into a date object; LiteLLM's check of the settings then fails at start, and a deployment
    with such an api_version is dropped.
Fix: put it in quotes: "2023-06-01".

Bad:
    general_settings:
      pass_through_endpoints:
        - path: /x
          target: https://api.example.com
          headers: {anthropic-version: 2023-06-01}

Good:
    general_settings:
      pass_through_endpoints:
        - path: /x
          target: https://api.example.com
          headers: {anthropic-version: "2023-06-01"}
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.nodes import Mapping, Scalar, walk
from mcp_server.document.writing import set_text
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.litellm import litellm, schema
from mcp_server.validate.problem import Problem

ID = "date-needs-quotes"
KINDS: tuple[Kind, ...] = ("litellm",)
SEVERITY: Severity = "error"

#: Sections that LiteLLM stores as plain JSON values: a date anywhere in them stops the start (measured).
SECTIONS = ("general_settings", "litellm_settings", "router_settings", "environment_variables")


def check(document: Document, context: Context) -> Iterator[Problem]:
    config = litellm(document)
    for section in SECTIONS:
        yield from _dates(document, config.section(section), section, "LiteLLM does not start")
    for deployment in config.deployments:
        root = f"{deployment.path}.litellm_params"
        for problem in _dates(document, deployment.params, root, "it is sent in another form than written"):
            name = (problem.key or "").removeprefix(root + ".")
            if schema().data["typed_params"].get(name) == "str":
                yield replace(problem, why="LiteLLM drops the deployment at start with only a log line")
            else:
                yield replace(problem, severity="warning")


def _dates(document: Document, mapping: Mapping | None, root: str, why: str) -> Iterator[Problem]:
    for path, node in walk(mapping, root) if mapping is not None else ():
        if isinstance(node, Scalar) and node.text[:1].isdigit() and isinstance(node.value, date):
            yield Problem(
                f"{node.text} is a date for YAML, and LiteLLM needs text here",
                why,
                f'write "{node.text}"',
                node.mark,
                path,
                change=set_text(document, node, node.text, safe=True),
            )
