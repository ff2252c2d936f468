"""Request shapes of the real Claude Code, per client version and model name. Data: ``shapes/<version>.json``.

Recorded by ``maintenance/client_shapes.py`` from the real program; sizes, names, types and protocol values only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from mcp_server.catalogue.claude_code import version_numbers
from mcp_server.catalogue.load import read_json

Mode = Literal["default", "tool-search-off", "experimental-betas-off"]
_MILLION = "[1m]"
_MILLION_BETA = "context-1m-2025-08-07"


@dataclass(frozen=True)
class ToolShape:
    """One tool of the client: sizes in characters, schema features, further keys (``defer_loading``)."""

    name: str
    description_characters: int
    schema: Mapping[str, Any]
    extra: Mapping[str, Any]


@dataclass(frozen=True)
class RequestShape:
    """What one client version sends for one model name."""

    client_version: str
    """The recorded version, which may not be the one asked for; ``note`` then says so."""
    note: str
    model: str
    """The recorded model whose requests the name gets."""
    known_model: bool
    mode: Mode
    user_agent: str
    path: str
    headers: Mapping[str, str | None]
    """Header names in order, lower case; ``None`` where the value differs between machines or sessions."""
    betas: tuple[str, ...]
    body_keys: tuple[str, ...]
    fields: Mapping[str, Any]
    user_id_keys: tuple[str, ...]
    user_id_characters: int
    system: tuple[Mapping[str, Any], ...]
    messages: tuple[Mapping[str, Any], ...]
    after_results: tuple[Mapping[str, Any], ...]
    """Messages that the client adds behind a tool result."""
    tools: tuple[ToolShape, ...]
    body_bytes: int


@cache
def recorded_versions() -> tuple[str, ...]:
    """Client versions with recorded shapes, oldest first."""
    folder = files(__package__).joinpath("shapes")
    names = [entry.name.removesuffix(".json") for entry in folder.iterdir() if entry.name.endswith(".json")]
    return tuple(sorted(names, key=version_numbers))


def shape_for(version: str | None, model: str, mode: Mode = "default") -> RequestShape:
    """The shape of the requests that Claude Code ``version`` sends for the model name ``model``.

    ``version``: of the installed client; ``None`` or an unrecorded one gets the nearest recorded version, and
    ``note`` says which. The client recognises a model by a known id inside its name (measured); any other name
    gets the requests of an unknown model.
    """
    nearest = _nearest(version)
    data = read_json(f"shapes/{nearest}.json")
    plain = model[: -len(_MILLION)] if model.lower().endswith(_MILLION) else model
    recorded = _recognised(data, plain)
    entry = next(s for s in data["shapes"] if recorded in s["modes"].get(mode, ()))
    turn = entry["first"]
    betas = list(turn["betas"])
    if plain != model and _MILLION_BETA not in betas:
        betas.append(_MILLION_BETA)
    return RequestShape(
        client_version=nearest,
        note=_note(version, nearest),
        model=recorded,
        known_model=recorded != data["unknown_model"],
        mode=mode,
        user_agent=data["user_agent"],
        path=turn["path"],
        headers=data["headers"][entry["headers"]],
        betas=tuple(betas),
        body_keys=tuple(turn["body_types"]),
        fields=turn["fields"],
        user_id_keys=tuple(turn["user_id"]["keys"]),
        user_id_characters=turn["user_id"]["characters"],
        system=tuple(turn["system"]),
        messages=tuple(turn["messages"]),
        after_results=_after_results(entry["tool_result"].get("messages", ())),
        tools=tuple(_tool(data["tools"][index]) for index in data["toolsets"][entry["toolset"]]),
        body_bytes=turn["body_bytes"],
    )


def _tool(entry: Mapping[str, Any]) -> ToolShape:
    return ToolShape(entry["name"], entry["description_characters"], entry.get("schema", {}), entry.get("extra", {}))


def _after_results(messages: Sequence[Mapping[str, Any]]) -> tuple[Mapping[str, Any], ...]:
    results = [
        number
        for number, message in enumerate(messages)
        if any(block["type"] == "tool_result" for block in message.get("blocks", ()))
    ]
    return tuple(messages[results[-1] + 1 :]) if results else ()


def _recognised(data: Mapping[str, Any], model: str) -> str:
    known = {name for shape in data["shapes"] for names in shape["modes"].values() for name in names}
    unknown = str(data["unknown_model"])
    inside = [name for name in known if name != unknown and name in model.lower()]
    return max(inside, key=len, default=unknown)


def _nearest(version: str | None) -> str:
    """The newest recorded version that is not newer than ``version``; else the oldest recorded one."""
    recorded = recorded_versions()
    if version is None:
        return recorded[-1]
    wanted = version_numbers(version)
    return max((v for v in recorded if version_numbers(v) <= wanted), key=version_numbers, default=recorded[0])


def _note(version: str | None, nearest: str) -> str:
    if version is None:
        return f"No claude program was found on PATH, so requests have the shape of Claude Code {nearest}."
    if version != nearest:
        return f"Claude Code {version} is installed; requests have the shape of {nearest}, the nearest recorded."
    return ""
