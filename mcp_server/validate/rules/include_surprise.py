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
from mcp_server.document.document import Document
from mcp_server.document.nodes import Entry, Scalar, Sequence, text
from mcp_server.document.structure import wrap_in_list
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.includes import Includes, includes, loses, replaced
from mcp_server.validate.kinds.litellm import LiteLLMConfig, litellm
from mcp_server.validate.problem import Problem

ID = "include-surprise"
KINDS: tuple[Kind, ...] = ("litellm",)
SEVERITY: Severity = "error"

SECTIONS = ("litellm_settings", "router_settings", "general_settings")
STOPS = "LiteLLM does not start"


def check(document: Document, context: Context) -> Iterator[Problem]:
    found = includes(document, context)
    config = litellm(document)
    entry = config.root.entry("include")
    if entry is not None:
        yield from _entries(document, entry)
        yield from _files(document, found, context)
    for name, file in replaced(document):
        yield _lost(document, name, file)
    present = [s for s in SECTIONS if s in config.root]
    if entry is not None and isinstance(entry.value, Sequence) and context.read is None and present:
        yield Problem(
            f"included files may carry {', '.join(present)} too, and would replace the whole section of this file",
            "LiteLLM joins lists and replaces everything else, without a message",
            "keep each settings section in one file only; give the path of this file, and the others are read too",
            entry.key.mark,
            "include",
            severity="info",
        )


def _entries(document: Document, entry: Entry) -> Iterator[Problem]:
    """Entries that LiteLLM does not accept as paths."""
    value = entry.value
    if not isinstance(value, Sequence):
        path = isinstance(value, Scalar) and value.is_text and value.text
        yield Problem(
            f"include is {value.kind}, and must be a list of file paths",
            STOPS,
            f"write include: [{value.text}]" if path and isinstance(value, Scalar) else "write include: [FILE]",
            value.mark,
            "include",
            change=wrap_in_list(document, value, safe=True) if path else None,
        )
        return
    for index, item in enumerate(value.items):
        if not isinstance(item, Scalar) or not item.is_text:
            yield Problem(
                f"this entry of include is {item.kind}, and must be the path of a file",
                STOPS,
                "write a path, or delete the entry",
                item.mark,
                f"include[{index}]",
            )


def _files(document: Document, found: Includes, context: Context) -> Iterator[Problem]:
    if context.environment is None:
        return
    for by, node in found.missing:
        if by is document:
            yield Problem(
                f"the included file {text(node)} does not exist",
                f"{STOPS} ('Included file not found')",
                "correct the path; it is relative to this file",
                node.mark,
                "include",
            )
    for by, node in found.unread:
        if by is document:
            yield Problem(
                f"the included file {text(node)} cannot be read as a file here",
                f"{STOPS} when it is a folder, and cannot read what it may not read",
                "name a regular YAML file that the user of LiteLLM may read",
                node.mark,
                "include",
                confidence="medium",
            )


def _lost(document: Document, name: str, file: LiteLLMConfig) -> Problem:
    other = file.root.effective[name]
    gone = loses(document, name)
    return Problem(
        f"{name} is replaced whole by that of {file.name or 'the included file'} (line {other.key.mark.line})",
        "LiteLLM joins lists and replaces everything else, without a message"
        + (f"; {', '.join(gone[:5])} {'is' if len(gone) == 1 else 'are'} lost" if gone else ""),
        f"keep {name} in one file only",
        litellm(document).root.effective[name].key.mark,
        name,
        severity="warning",
    )
