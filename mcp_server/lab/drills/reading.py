"""Reads the user's LiteLLM file: through the readers of ``validate``, includes merged, nothing executed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mcp_server.answer import Where
from mcp_server.document.nodes import Mapping, Node, Scalar, Sequence
from mcp_server.errors import GatewayError, UsageError
from mcp_server.redact import quote
from mcp_server.validate.kinds.litellm import LiteLLMConfig

#: File names that are looked for in the working directory when none is given.
USUAL_NAMES = (
    *("litellm-config.yaml", "litellm_config.yaml", "litellm.yaml", "config.yaml", "proxy_config.yaml"),
    *("litellm-config.yml", "litellm_config.yml", "config.yml"),
)
_MAX_DEPTH = 60


@dataclass(frozen=True)
class UserFile:
    """One configuration: ``data`` as LiteLLM sees it (includes merged), ``view`` with the places."""

    path: Path
    data: dict[str, Any]
    view: LiteLLMConfig

    @property
    def shown(self) -> str:
        return quote(str(self.path), 200)

    def where(self, *keys: str) -> Where:
        """The place of the first dotted ``section.setting`` key that is written, else the file with the first key."""
        for key in keys:
            section, _, name = key.partition(".")
            node: Node | None = self.view.root.get(section)
            if name and isinstance(node, Mapping):
                node = node.get(name)
            elif name:
                node = None
            if node is not None:
                return Where(file=self.shown, line=node.mark.line, column=node.mark.column, key=key)
        return Where(file=self.shown, key=keys[0] if keys else None)

    def setting(self, section: str, name: str) -> Any:
        """A setting as written; ``None`` when absent."""
        found = self.data.get(section)
        return found.get(name) if isinstance(found, dict) else None


def read(config: str | None) -> UserFile:
    """The file at ``config``, else the one with a usual name in the working directory.

    Raises:
        UsageError: no file is named and none is found, or the file is of another kind.
        GatewayError: it cannot be read; the message names the place and the remedy.
    """
    from mcp_server.operations.validate_config import check
    from mcp_server.validate.includes import includes

    path = _located(config)
    checked = check(path=str(path), environment="ignore")
    document, shown = checked.document, quote(str(path), 200)
    if checked.context.kind != "litellm":
        raise UsageError(
            f"{shown} is not a LiteLLM configuration but: {checked.context.kind}.",
            "Drills rehearse LiteLLM files; name one with --config FILE.",
        )
    for part in (document, *includes(document, checked.context).files):
        fatal = next((p for p in part.syntax if p.fatal), None)
        if fatal is not None:
            name = quote(part.name or str(path), 200)
            raise GatewayError(
                f"{name}:{fatal.mark.line}:{fatal.mark.column} cannot be read: {fatal.problem}.",
                f"{fatal.fix[0].upper()}{fatal.fix[1:]}. llm-gateway validate {shown} shows the place.",
            )
    view = LiteLLMConfig(document) if not isinstance(v := document.views.get("litellm"), LiteLLMConfig) else v
    data = _merged(view)
    if not isinstance(data.get("model_list"), list) or not data["model_list"]:
        raise GatewayError(
            f"{shown} has no model_list, so there is nothing to rehearse.",
            "Name the file that holds model_list; models in LiteLLM's database cannot be rehearsed.",
        )
    return UserFile(path, data, view)


def _located(config: str | None) -> Path:
    if config is not None:
        if not config.strip():
            raise UsageError("--config is empty.", "Give the path of the LiteLLM file.")
        return Path(config).expanduser()
    found = [name for name in USUAL_NAMES if Path(name).is_file()]
    if len(found) == 1:
        return Path(found[0])
    if found:
        raise UsageError(f"several files could be meant: {', '.join(found)}.", "Name one with --config FILE.")
    raise UsageError("no LiteLLM file is named, and none is in this folder.", "Name it: --config FILE")


def _merged(view: LiteLLMConfig) -> dict[str, Any]:
    """Lists of all files joined; any other section of a later file replaces the earlier one (measured, 1.106.2)."""
    merged: dict[str, Any] = {}
    for file in view.files:
        for name, value in _mapping(file.root, 0).items():
            if isinstance(value, list) and isinstance(merged.get(name), list):
                merged[name] = [*merged[name], *value]
            else:
                merged[name] = value
    merged.pop("include", None)
    return merged


def _mapping(node: Mapping, depth: int) -> dict[str, Any]:
    return {entry.name: _plain(entry.value, depth + 1) for entry in node}


def _plain(node: Node, depth: int) -> Any:
    if depth > _MAX_DEPTH:
        raise GatewayError("the file is nested deeper than any LiteLLM file.", "Look for an alias that holds itself.")
    if isinstance(node, Mapping):
        return _mapping(node, depth)
    if isinstance(node, Sequence):
        return [_plain(item, depth + 1) for item in node.items]
    value = node.value if isinstance(node, Scalar) else None
    return value if isinstance(value, str | int | float | bool | None) else str(value)
