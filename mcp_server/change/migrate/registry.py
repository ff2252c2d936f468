"""The kinds of configuration that can be converted, the most telling first. Every one is a module of this package."""

from __future__ import annotations

from mcp_server.change.migrate import (
    cc_switch,
    claude_code_router,
    claude_code_router_v3,
    lite,
    litellm_file,
    portkey,
    variables,
)
from mcp_server.change.migrate.model import Kind, Source
from mcp_server.errors import UsageError, nearest
from mcp_server.redact import quote

_MODULES: tuple[Kind, ...] = (
    claude_code_router_v3,
    claude_code_router,
    cc_switch,
    lite,
    portkey,
    litellm_file,
    variables,
)
KINDS: dict[str, Kind] = {module.ID: module for module in _MODULES}


def kind(name: str) -> Kind:
    """The kind called ``name``. Raises UsageError for any other."""
    if name in KINDS:
        return KINDS[name]
    close = nearest(name[:60], tuple(KINDS))
    meant = f"Did you mean {close!r}? " if close else ""
    raise UsageError(f"--from {quote(name, 60)!r} is not known.", f"{meant}Choose one of {', '.join(KINDS)}.")


def recognised(source: Source) -> Kind:
    """The kind that ``source`` is of. Raises UsageError when it is none."""
    found = next((module for module in _MODULES if module.detect(source.name, source.data)), None)
    if found is None:
        raise UsageError(
            f"{quote(source.name, 200)} is of no kind that can be converted.",
            f"Name the kind with --from: {', '.join(KINDS)}.",
        )
    return found
