"""``compare``: how two configuration files differ in what they say."""

from __future__ import annotations

from pathlib import Path

from mcp_server.answer import Answer, ConfigFile
from mcp_server.errors import GatewayError
from mcp_server.redact import quote, redact

_MAX_LINES = 400
_SIGNS = {"removed": "-", "added": "+", "changed": "~"}


def compare(left: Path, right: Path) -> Answer:
    """How two configuration files differ in what they say; order, comments and layout do not count.

    Raises:
        UsageError, GatewayError: a file cannot be read.
    """
    from mcp_server.change.compare import compare as differences

    found = list(differences(_content(left), _content(right)))
    names = f"{quote(str(left), 160)} and {quote(str(right), 160)}"
    if not found:
        return Answer(verdict="ok", quick_answer=f"{names} say the same.")
    shown = [f"{_SIGNS[d.kind]} {quote(d.path, 160)}{_values(d.left, d.right, d.path)}" for d in found[:_MAX_LINES]]
    more = len(found) - len(shown)
    content = "\n".join([*shown, *([f"({more:,} more)"] if more else []), ""])
    return Answer(
        verdict="warnings",
        quick_answer=f"{names} differ in {len(found)} value{'s' if len(found) > 1 else ''}.",
        config=[
            ConfigFile(
                path=f"{quote(str(left), 160)} → {quote(str(right), 160)}",
                language="text",
                content=content,
                why="- only in the first, + only in the second, ~ in both with other values; credentials are masked.",
            )
        ],
    )


def _values(left: object, right: object, path: str) -> str:
    import json

    def text(value: object) -> str:
        # Beside its key, so that a value is masked for its key's sake too.
        written = json.dumps(value, ensure_ascii=False, default=str)
        masked = redact(f"{path.rpartition('.')[2]}: {written}").partition(": ")[2]
        return quote(masked, 160)

    both = [text(value) for value in (left, right) if value is not None]
    return f": {' → '.join(both)}" if both else ""


def _content(path: Path) -> object:
    from mcp_server.change.merge import language_of
    from mcp_server.change.plain import plain
    from mcp_server.document.document import parse
    from mcp_server.operations.validate_config import read

    document = parse(read(path), language_of(path.name), str(path))
    if not document.readable and document.text.strip():
        first = document.syntax[0]
        raise GatewayError(
            f"{quote(str(path), 200)}:{first.mark.line}:{first.mark.column} {first.problem}.", f"{first.fix}."
        )
    return plain(document.root) or {}
