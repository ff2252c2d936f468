"""The files that a LiteLLM configuration includes, found and merged as LiteLLM 1.106.2 does it (measured).

Paths are relative to the file that names them; what is not there is looked for beside the main file. A file is taken
once, so circles end. Lists are joined; every other section of a later file replaces that of the earlier ones whole.
"""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field

from mcp_server.document.document import Document, parse
from mcp_server.document.nodes import Mapping, Node, Scalar, Sequence
from mcp_server.validate.context import Context
from mcp_server.validate.kinds.litellm import LiteLLMConfig, litellm

#: More than any real configuration includes.
MAX_FILES = 100
_VIEW = "includes"


@dataclass
class Includes:
    """``files`` in the order of merging; ``unread`` are entries whose file exists and cannot be read, ``missing``
    those whose file does not exist, each with the document that names it."""

    files: list[Document] = field(default_factory=list)
    missing: list[tuple[Document, Node]] = field(default_factory=list)
    unread: list[tuple[Document, Node]] = field(default_factory=list)


def includes(document: Document, context: Context) -> Includes:
    """What ``document`` includes, read once; from then on ``litellm(document).files`` are all of them."""
    found = document.views.get(_VIEW)
    if not isinstance(found, Includes):
        found = document.views[_VIEW] = Includes()
        if "include" in litellm(document).root and (context.read or context.exists):
            _read(document, context, found)
    return found


def _read(document: Document, context: Context, found: Includes) -> None:
    main = litellm(document)
    folder, own = posixpath.split((document.name or "").replace("\\", "/"))
    taken = {own}
    pending = [(entry, "", document, main) for entry in _entries(main)]
    main.unread = False
    while pending:
        entry, beside, by, config = pending.pop(0)
        name = _located(entry.text, beside, context)
        if name in taken:
            continue
        taken.add(name)
        data = context.read(name) if context.read is not None and len(taken) <= MAX_FILES else None
        if data is None:
            config.unread = True
            if context.exists is not None and not context.exists(name):
                found.missing.append((by, entry))
            elif context.read is not None:
                found.unread.append((by, entry))
            continue
        included = parse(data, "yaml", posixpath.join(folder, name))
        included.views[_VIEW] = found
        found.files.append(included)
        view = included.views["litellm"] = LiteLLMConfig(included, main)
        if included.readable:
            view.unread = False
            pending += [(e, posixpath.dirname(name), included, view) for e in _entries(view)]


def _entries(config: LiteLLMConfig) -> list[Scalar]:
    node = config.root.get("include")
    items = node.items if isinstance(node, Sequence) else []
    return [i for i in items if isinstance(i, Scalar) and i.is_text and i.text.strip()]


def _located(path: str, beside: str, context: Context) -> str:
    """The path from the main file's folder: beside the file that names it, else beside the main file."""
    path = path.replace("\\", "/")
    near, far = (posixpath.normpath(posixpath.join(start, path)) for start in (beside, ""))
    exists = context.exists
    return far if near != far and exists is not None and not exists(near) and exists(far) else near


def is_empty(document: Document) -> bool:
    """An included file without content, which LiteLLM takes for an empty mapping."""
    return document.root is None and not document.syntax


def replaced(document: Document) -> list[tuple[str, LiteLLMConfig]]:
    """The sections of ``document`` that a later file replaces: name and the file that wins."""
    config = litellm(document)
    later = config.files[config.files.index(config) + 1 :]
    result = []
    for entry in config.root:
        for file in later:
            other = file.root.get(entry.name)
            if other is None or entry.name == "include":
                continue
            if not (isinstance(entry.value, Sequence) and isinstance(other, Sequence)):
                result.append((entry.name, file))
                break
    return result


def loses(document: Document, section: str) -> list[str]:
    """The keys of a section of ``document`` that the configuration as a whole no longer has."""
    config = litellm(document)
    own, end = config.root.get(section), config.effective(section)
    return [e.name for e in own if e.name not in end] if isinstance(own, Mapping) else []
