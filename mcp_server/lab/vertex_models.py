"""The models that the Vertex emulator serves, and how the catalogue says they behave."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mcp_server.lab.claude_facts import claude_models, facts

ToolUse = Literal["works", "ignored", "refused"]
Route = Literal["gemini", "maas", "mistral", "anthropic"]


@dataclass(frozen=True)
class EmulatedModel:
    """One publisher model. Limits are tokens."""

    publisher: str
    id: str
    route: Route
    locations: tuple[str, ...]
    max_output: int
    context: int
    locations_complete: bool = True
    """Whether other regions that the emulator knows are refused too."""
    tools: ToolUse = "works"
    """``ignored``: offered tools are accepted, never called; ``refused``: a request with tools is answered with 400."""
    reasoning: bool = False
    version: str = ""
    """Date that may follow the id after ``@`` and, where there is one, belongs to it."""

    @property
    def name(self) -> str:
        """The name on the wire: in the body of MaaS calls ``publisher/id``, in the paths of the others the id."""
        return f"{self.publisher}/{self.id}" if self.route == "maas" else self.id


def catalogue_models() -> list[EmulatedModel]:
    """Every Vertex model of the catalogue that is not Claude, whatever its life-cycle state says."""
    from mcp_server.catalogue.models import models

    return [
        EmulatedModel(
            publisher=model.publisher,
            id=model.publisher_model,
            route=model.route,
            locations=model.locations,
            locations_complete=model.locations_complete,
            max_output=model.max_output,
            context=model.context_window,
            tools="works" if model.tool_use else "ignored",
            reasoning=model.reasoning,
        )
        for model in models().values()
        if model.route != "anthropic"
    ]


def claude_on_vertex() -> list[EmulatedModel]:
    """Anthropic's models, as ``data/claude.yaml`` knows them."""
    return [
        EmulatedModel(
            publisher="anthropic",
            id=model.vertex,
            route="anthropic",
            locations=tuple(facts()["vertex_locations"]),
            max_output=model.max_output,
            context=model.context,
            reasoning=bool(model.thinking),
            version=model.date,
        )
        for model in claude_models().values()
    ]
