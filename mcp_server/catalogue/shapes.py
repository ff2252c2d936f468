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

Mode = Literal["default", "tool-search-off", "experimental-betas-off", "thinking-off", "thinking-zero"]
_MILLION = "[1m]"
_MILLION_BETA = "context-1m-2025-08-07"
_MESSAGES = "/v1/messages?beta=true"
_WIRE_FIELDS = ("anthropic_version", "anthropic_beta")


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
    provider: str
    """Provider mode of the client (``claude_code.yaml``) in which the requests were recorded."""
    user_agent: str
    path: str
    """Of the Messages request in Anthropic's format."""
    wire_path: str
    """What this provider mode sends instead; ``{model}``, ``{project}`` and ``{region}`` stand for settings."""
    headers: Mapping[str, str | None]
    """Header names in order, lower case; ``None`` where the value differs between machines or sessions."""
    betas: tuple[str, ...]
    """Every beta of the request, in the header or in the body."""
    header_betas: tuple[str, ...]
    body_betas: tuple[str, ...]
    """Those that Bedrock takes in the body; empty in the other modes."""
    body_keys: tuple[str, ...]
    wire_keys: tuple[str, ...]
    """Keys of the body as this provider mode sends it."""
    fields: Mapping[str, Any]
    wire_fields: Mapping[str, Any]
    """Fields that only this provider mode's form of the request has (``anthropic_version``)."""
    user_id_keys: tuple[str, ...]
    user_id_characters: int
    system: tuple[Mapping[str, Any], ...]
    messages: tuple[Mapping[str, Any], ...]
    after_results: tuple[Mapping[str, Any], ...]
    """Messages that the client adds behind a tool result."""
    tools: tuple[ToolShape, ...]
    body_bytes: int


@cache
def recordings(version: str) -> Mapping[str, Any]:
    """The data file of a recorded version, its entries whole: what several share stands once in ``parts``."""
    data = dict(read_json(f"shapes/{version}.json"))
    parts = data["parts"]
    for turn in (entry[name] for entry in data["shapes"] for name in ("first", "tool_result")):
        turn.update({key: parts[value["part"]] for key, value in turn.items() if _is_part(value)})
    return data


def _is_part(value: object) -> bool:
    return isinstance(value, dict) and value.keys() == {"part"}


@cache
def recorded_versions() -> tuple[str, ...]:
    """Client versions with recorded shapes, oldest first."""
    folder = files(__package__).joinpath("shapes")
    names = [entry.name.removesuffix(".json") for entry in folder.iterdir() if entry.name.endswith(".json")]
    return tuple(sorted(names, key=version_numbers))


def shape_for(version: str | None, model: str, mode: Mode = "default", provider: str = "anthropic") -> RequestShape:
    """The shape of the requests that Claude Code ``version`` sends for the model name ``model``.

    ``version``: of the installed client; ``None`` or an unrecorded one gets the nearest recorded version, and
    ``note`` says which. The client recognises a model by a known id inside its name (measured); any other name
    gets the requests of an unknown model. ``provider``: an id of ``claude_code.yaml``; one that this client does not
    know counts as ``anthropic``, as it does to the client.
    """
    nearest = _nearest(version)
    data = recordings(nearest)
    plain = model[: -len(_MILLION)] if model.lower().endswith(_MILLION) else model
    recorded = _recognised(data, plain)
    if not _entry(data, recorded, "default", provider):
        provider = "anthropic"
    entry = _entry(data, recorded, mode, provider) or _entry(data, recorded, "default", provider)
    turn = entry["first"]
    fields = dict(turn["fields"])
    own = {name: fields.pop(name) for name in _WIRE_FIELDS if name in fields}
    body_betas = tuple(own.pop("anthropic_beta", ()))
    header_betas = tuple(turn["betas"])
    if plain != model and _takes_million(data, recorded) and _MILLION_BETA not in (*header_betas, *body_betas):
        if provider == "bedrock":
            body_betas = (_MILLION_BETA, *body_betas)
        else:
            header_betas = (*header_betas[:1], _MILLION_BETA, *header_betas[1:])
    keys = tuple(turn["body_types"])
    return RequestShape(
        client_version=nearest,
        note=_note(version, nearest),
        model=recorded,
        known_model=recorded != data["unknown_model"],
        mode=mode,
        provider=provider,
        user_agent=data["user_agent"],
        path=_MESSAGES,
        wire_path=turn["path"],
        headers=data["headers"][entry["headers"]],
        betas=(*header_betas, *(beta for beta in body_betas if beta not in header_betas)),
        header_betas=header_betas,
        body_betas=body_betas,
        body_keys=_logical(keys),
        wire_keys=keys,
        fields={**fields, "stream": True},
        wire_fields=own,
        user_id_keys=tuple(turn["user_id"]["keys"]),
        user_id_characters=turn["user_id"]["characters"],
        system=tuple(turn["system"]),
        messages=tuple(turn["messages"]),
        after_results=_after_results(entry["tool_result"].get("messages", ())),
        tools=tuple(_tool(data["tools"][index]) for index in data["toolsets"][entry["toolset"]]),
        body_bytes=turn["body_bytes"],
    )


def call_shape(version: str | None, name: str) -> Mapping[str, Any] | None:
    """The recorded shape of another call (``count_tokens``, ``subagent``, …), ``None`` when the client makes none."""
    shape: Mapping[str, Any] | None = recordings(_nearest(version))["calls"].get(name)
    return shape


def _entry(data: Mapping[str, Any], recorded: str, mode: str, provider: str) -> Mapping[str, Any]:
    name = mode if provider == "anthropic" else provider if mode == "default" else f"{provider}/{mode}"
    found: Mapping[str, Any] = next((s for s in data["shapes"] if recorded in s["modes"].get(name, ())), {})
    return found


def _takes_million(data: Mapping[str, Any], recorded: str) -> bool:
    """Does the ``[1m]`` suffix add the beta for this model? Models that have the window by themselves need none."""
    entry = _entry(data, recorded, "million", "anthropic")
    return not entry or _MILLION_BETA in entry["first"]["betas"]


def _logical(keys: Sequence[str]) -> tuple[str, ...]:
    """Keys of the same request in Anthropic's own format."""
    kept = [key for key in keys if key not in ("model", "stream", *_WIRE_FIELDS)]
    return ("model", *kept, "stream")


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
