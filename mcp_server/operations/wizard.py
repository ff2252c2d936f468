"""What the wizard offers, checks and writes; the dialog itself is in ``cli/init.py``."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mcp_server.change.apply import Effect, Step
from mcp_server.errors import GatewayError, UsageError
from mcp_server.redact import quote

if TYPE_CHECKING:
    from mcp_server.answer import Answer
    from mcp_server.change.journal import Record
    from mcp_server.change.wish import Wish

#: Set-ups that need no address of a gateway.
WITHOUT_URL = ("litellm", "direct", "proxy-only", "claude-apps-gateway")
_UP_FLAGS = ("models", "providers", "vertex_project", "vertex_region", "aws_region", "routing", "fallbacks")


@dataclass(frozen=True)
class Offer:
    """One choice: the value that is meant, and what a person reads."""

    value: str
    title: str
    chosen: bool = False


def gateways() -> list[Offer]:
    """Every set-up that can be written, LiteLLM first: it is the one that this program also starts."""
    from mcp_server.catalogue.load import read_yaml
    from mcp_server.generate.registry import set_ups

    titles = {str(entry["id"]): str(entry["title"]) for entry in read_yaml("gateways.yaml")["gateways"]}
    own = {
        "litellm": "LiteLLM on this machine, in front of the models you choose",
        "direct": "no gateway: Claude Code talks to Anthropic, Bedrock or Vertex AI itself",
        "proxy-only": "no gateway, but a corporate proxy on the way",
        "pass-through": "a gateway in front of Claude Code's own Bedrock or Vertex mode",
        "claude-apps-gateway": "claude gateway, Anthropic's own, with sign-in",
        "custom": "a reverse proxy of your own (nginx, Envoy)",
    }
    ids = sorted(set_ups(), key=lambda id_: (id_ != "litellm", id_ not in own, id_))
    return [Offer(id_, f"{titles.get(id_, id_)}: {own[id_]}" if id_ in own else titles.get(id_, id_)) for id_ in ids]


def providers() -> list[Offer]:
    """The providers that LiteLLM can be written for."""
    from mcp_server.generate.providers.entry import entry
    from mcp_server.generate.providers.registry import PROVIDERS

    return [Offer(name, str(entry(name)["title"]), name == "vertex") for name in PROVIDERS]


def offered_models(chosen: Sequence[str]) -> list[Offer]:
    """The models of these providers with price and state; what a new project is offered comes first, chosen already."""
    from datetime import date

    from mcp_server.catalogue.models import models
    from mcp_server.generate.gateways.litellm.plan import default_models

    today = date.today()
    usual = default_models(today, tuple(chosen))
    order = {"living": 0, "closed-to-new-projects": 1}
    served = [model for model in models().values() if set(chosen) & set(model.providers)]
    offers = []
    for model in sorted(served, key=lambda m: (m.id not in usual, order.get(m.state_on(today), 2), m.id)):
        state = model.state_on(today).replace("-", " ")
        tools = "" if model.tool_use else ", no tools: cannot be the main agent"
        price = f"{model.price_in:g}/{model.price_out:g} USD per million tokens in/out"
        offers.append(Offer(model.id, f"{model.id:<24} {price}, {state}{tools}", model.id in usual))
    return offers


def problem(name: str, value: str) -> str:
    """Why ``value`` cannot be the argument ``name`` of ``generate``; empty when it can."""
    from mcp_server.generate.spec import parse_request

    try:
        parse_request({name: value})
    except UsageError as error:
        return f"{error.problem} {error.fix}"
    return ""


def generated(arguments: Mapping[str, Any]) -> Answer:
    """The Answer with every file. Raises UsageError for what cannot be generated."""
    from mcp_server.operations import generate_config

    return generate_config.run(**{name: value for name, value in arguments.items() if value})


def command(arguments: Mapping[str, Any], verb: str = "generate") -> str:
    """The same without questions, for a script."""
    words = ["llm-gateway", verb]
    for name, value in arguments.items():
        if not value or (verb == "up" and name not in _UP_FLAGS):
            continue
        text = ",".join(value) if isinstance(value, list | tuple) else str(value)
        words += [f"--{name.replace('_', '-')}", text]
    return shlex.join(words)


def steps(answer: Answer, scope: str, folder: Path, *, although_managed: bool = False) -> list[Step]:
    """One step for each file: settings are merged, every other file is new in ``folder``.

    Raises:
        GatewayError: another tool manages the settings.
    """
    import json

    from mcp_server.change.files import target
    from mcp_server.change.owners import refuse_owned
    from mcp_server.change.wish import wishes_of
    from mcp_server.environment import home
    from mcp_server.generate.client import SETTINGS_FILES
    from mcp_server.generate.document import place_below
    from mcp_server.operations.change_files import settings_path

    found = []
    for file in answer.config:
        if file.path == SETTINGS_FILES[scope][0]:
            path = settings_path(scope)
            if not although_managed:
                refuse_owned(target(path), home())
            wishes = list(wishes_of(json.loads(file.content)))
            found.append(Step(path, partial(_merged, path, wishes)))
        elif file.language != "shell":
            path = folder / place_below(file.path)
            found.append(Step(path, partial(_new, path, file.content.encode())))
    return found


def _merged(path: Path, wishes: Sequence[Wish], before: bytes | None) -> bytes | None:
    from mcp_server.change.merge import merged

    return merged(before, "json", wishes, str(path))


def _new(path: Path, data: bytes, before: bytes | None) -> bytes:
    if before not in (None, data):
        raise GatewayError(
            f"{quote(str(path), 200)} exists already with other content.", "Go to another folder, or move it away."
        )
    return data


def difference(made: Sequence[Effect]) -> str:
    """What the steps would change, as a diff without credentials."""
    from mcp_server.operations.change_files import difference as of_one

    return "".join(map(of_one, made))


def write(made: Sequence[Step]) -> Record | None:
    """Does all steps or none; the record undoes them."""
    from mcp_server.change.apply import apply

    return apply("llm-gateway init", made)[0]
