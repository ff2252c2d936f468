"""An include does not do what it looks like.

What: include that is no list, a file that does not exist, or an include beside settings sections.
Why: LiteLLM does not start on the first two. In an included file every section except lists REPLACES the whole
    section of the main file: an included litellm_settings wipes drop_params and retries of the main one.
Fix: keep each settings section in one file only; let included files carry model_list.

Bad:
    include: models.yaml
    general_settings:
      master_key: os.environ/LITELLM_MASTER_KEY

Good:
    include: [models.yaml]
    environment_variables:
      HTTPS_PROXY: http://proxy.corp.example:3128
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.document import Document
from mcp_server.validate.kinds.litellm import litellm
from mcp_server.validate.nodes import Scalar, Sequence, is_empty
from mcp_server.validate.problem import Problem

ID = "include-surprise"
KINDS: tuple[Kind, ...] = ("litellm",)
SEVERITY: Severity = "error"

SECTIONS = ("litellm_settings", "router_settings", "general_settings")


def check(document: Document, context: Context) -> Iterator[Problem]:
    config = litellm(document)
    entry = config.root.entry("include")
    if entry is None or is_empty(entry.value):
        return
    if not isinstance(entry.value, Sequence):
        if isinstance(entry.value, Scalar):
            yield Problem(
                f"include is {entry.value.kind}, and must be a list of file paths",
                "LiteLLM does not start",
                f"write include: [{entry.value.text}]",
                entry.value.mark,
                "include",
            )
        return
    for index, item in enumerate(entry.value.items):
        if isinstance(item, Scalar) and context.missing_file(item.text):
            yield Problem(
                f"the included file {item.text} does not exist",
                "LiteLLM does not start ('Included file not found')",
                "correct the path; it is relative to this file",
                item.mark,
                f"include[{index}]",
            )
    present = [s for s in SECTIONS if s in config.root]
    if present:
        yield Problem(
            f"included files may carry {', '.join(present)} too, and would replace the whole section of this file",
            "LiteLLM concatenates lists and replaces everything else, without a message",
            "keep each settings section in one file only; validate_config reads one file at a time",
            entry.key.mark,
            "include",
            severity="info",
        )
