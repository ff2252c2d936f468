"""Vertex AI's part of a LiteLLM deployment, and the choice of its location."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from mcp_server.answer import Finding, Where
from mcp_server.catalogue.load import read_yaml

if TYPE_CHECKING:
    from mcp_server.catalogue.models import Model
    from mcp_server.generate.gateways.litellm.plan import Plan

ID = "vertex"
#: Builds ``litellm_params`` of one model.
Deployment = Callable[["Plan", "Model"], dict[str, Any]]


def provider() -> dict[str, Any]:
    """The catalogue's entry of Vertex AI."""
    entry: dict[str, Any] = next(p for p in read_yaml("providers.yaml")["providers"] if p["id"] == ID)
    return entry


def deployment(plan: Plan, model: Model) -> dict[str, Any]:
    """``litellm_params`` of ``model``: string, project, location, then what Claude Code needs for this model."""
    params: dict[str, Any] = {
        "model": model.litellm_model,
        "vertex_project": plan.request.vertex_project or f"os.environ/{provider()['variables']['project']}",
        "vertex_location": location(model, plan.request.vertex_region),
        **model.litellm_params,
    }
    if plan.laboratory:
        params["vertex_credentials"] = plan.laboratory.vertex_credentials
        params["api_base"] = plan.laboratory.api_base
    return params


def location(model: Model, wanted: str) -> str:
    """``wanted`` unless the model is known not to be served there; without a wish the model's default."""
    if wanted and (wanted in model.locations or not model.locations_complete):
        return wanted
    return model.default_location


def location_findings(models: tuple[Model, ...], wanted: str) -> list[Finding]:
    """What the wished location means for each model that is not known to be served there."""
    if not wanted:
        return []
    return [_location_finding(m, wanted) for m in models if wanted not in m.locations]


def _location_finding(model: Model, wanted: str) -> Finding:
    where = Where(file="litellm-config.yaml", key=f"model_list.{model.id}.vertex_location")
    places = ", ".join(model.locations)
    if model.locations_complete:
        return Finding(
            id="vertex_region_unsupported",
            severity="warning",
            confidence="high",
            where=where,
            problem=f"{model.title} is not served in {wanted}; its location was set to {model.default_location}.",
            why=f"Its requests leave {wanted}. Served in: {places}.",
            fix=f"Accept {model.default_location}, or leave {model.id} out if data must stay in {wanted}.",
        )
    return Finding(
        id="vertex_region_unsupported",
        severity="warning",
        confidence="low",
        where=where,
        problem=f"{wanted} is not among the locations known to serve {model.title}; it was used as asked.",
        why=f"Google answers 404 where a model is not served. Known locations: {places}.",
        fix=f"Test it with test_model; if it fails, use {model.default_location}.",
    )
