"""A key is a number, a truth value or empty for YAML.

What: 4: …, on: …, no: …, ~: … as a key of a settings section or of a model entry, at any depth.
Why: LiteLLM wants text. In a settings section it does not start; in a model entry it drops the deployment ('keywords
    must be strings') with only a log line.
Fix: put the key in quotes.

Bad:
    router_settings:
      model_group_alias: {4: sonnet}

Good:
    router_settings:
      model_group_alias: {"4": sonnet}
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.edits import replace_node
from mcp_server.document.nodes import Mapping, Scalar, join, walk
from mcp_server.document.yaml_values import tag_of
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.litellm import litellm
from mcp_server.validate.problem import Problem

ID = "key-not-text"
KINDS: tuple[Kind, ...] = ("litellm",)
SEVERITY: Severity = "error"

#: Sections that LiteLLM stores with text as keys, at any depth (measured).
SECTIONS = ("general_settings", "litellm_settings", "router_settings", "environment_variables")
_TEXT = "tag:yaml.org,2002:str"


def check(document: Document, context: Context) -> Iterator[Problem]:
    config = litellm(document)
    for section in SECTIONS:
        for path, node in walk(config.section(section), section):
            if isinstance(node, Mapping):
                yield from _keys(node, path, "LiteLLM does not start ('validation error for dict')")
    for deployment in config.deployments:
        parts = {"": deployment.node, ".litellm_params": deployment.params, ".model_info": deployment.info}
        for name, mapping in parts.items():
            if mapping is not None:
                why = "LiteLLM drops the deployment at start with only a log line"
                yield from _keys(mapping, deployment.path + name, why)


def _keys(mapping: Mapping, path: str, why: str) -> Iterator[Problem]:
    for entry in mapping.entries:
        key = entry.key
        if isinstance(key, Scalar) and key.plain and not _is_text(key.text):
            yield Problem(
                f"the key {key.text or '(nothing)'} is {key.kind} for YAML, and LiteLLM needs text",
                why,
                f'write "{key.text}":',
                key.mark,
                join(path, entry.name),
                change=replace_node(key, f'"{key.text}"', safe=True),
            )


@lru_cache(maxsize=4_096)
def _is_text(key: str) -> bool:
    return tag_of(key) == _TEXT
