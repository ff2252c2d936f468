"""``generate``: from a request to the Answer that carries the files. Pure: reads the catalogue and nothing else."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from mcp_server.answer import Answer
from mcp_server.errors import UsageError
from mcp_server.generate import advice, heard
from mcp_server.generate.asked import Asked
from mcp_server.generate.fleet import with_roll_out
from mcp_server.generate.goal import read_goal
from mcp_server.generate.needs import wants_advice
from mcp_server.generate.registry import gateway_id, set_ups

if TYPE_CHECKING:
    from mcp_server.generate.spec import GenerateRequest, LaboratoryEndpoint


def generate(request: GenerateRequest, today: date, laboratory: LaboratoryEndpoint | None = None) -> Answer:
    """The files of the wished set-up, how to start and prove it, and why it is built so.

    ``today`` decides life cycles. The verdict is never ``ok``: nothing has been started.

    Raises:
        UsageError: unknown or unsupported names, contradictions, no model that can drive an agent.
    """
    wish = read_goal(request.goal, today)
    if wants_advice(request, wish):
        return advice.answer(Asked(request, wish, today, laboratory))
    answer = set_up(request, today, laboratory)
    notes = heard.notes(request, wish, answer, today, lambda other: set_up(other, today, laboratory))
    answer.context = [*notes, *answer.context]
    return answer


def set_up(request: GenerateRequest, today: date, laboratory: LaboratoryEndpoint | None = None) -> Answer:
    """As ``generate``, never advice, and without a word about what of the goal was not used."""
    _no_helper_for_everyone(request)
    wish = read_goal(request.goal, today)
    gateway = gateway_id(request.gateway or wish.gateway or "litellm")
    if gateway != "litellm":
        _one_region(request)
    return with_roll_out(set_ups()[gateway].answer(Asked(request, wish, today, laboratory)))


def _no_helper_for_everyone(request: GenerateRequest) -> None:
    if request.auth == "helper" and request.scope == "project":
        raise UsageError(
            "a key helper in a project file would run for everyone who opens the repository.",
            "Use scope user or local for auth helper, or auth token with scope project.",
        )


def _one_region(request: GenerateRequest) -> None:
    for name in ("vertex_region", "aws_region"):
        if "," in getattr(request, name):
            raise UsageError(f"{name} names several regions, which only LiteLLM can share.", "Name one.")
