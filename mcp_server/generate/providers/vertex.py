"""Vertex AI's part of a LiteLLM deployment, and the choice of its locations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mcp_server.answer import Finding, Where
from mcp_server.generate.providers.entry import entry
from mcp_server.generate.providers.variables import Variable

if TYPE_CHECKING:
    from mcp_server.catalogue.models import Model
    from mcp_server.generate.gateways.litellm.plan import Plan

ID = "vertex"


def deployments(plan: Plan, model: Model) -> list[dict[str, Any]]:
    """``litellm_params`` for each location: string, project, location, then what Claude Code needs for this model."""
    return [_deployment(plan, model, place) for place in locations(model, plan)]


def locations(model: Model, plan: Plan) -> tuple[str, ...]:
    """The wished locations but those where the model is known not to be served; the model's default if none is left.

    Where two are wished and none is named: the model's default and the next one on its list.
    """
    fit = tuple(p for p in plan.vertex_regions if p in model.locations or not model.locations_complete)
    if fit:
        return fit
    two = plan.extras.two_regions and not plan.vertex_regions
    return tuple(dict.fromkeys((model.default_location, *model.locations)))[: 2 if two else 1]


def variables(plan: Plan) -> list[Variable]:
    """What the gateway's environment must hold."""
    names = entry(ID)["variables"]
    key = Variable(
        names["credentials"],
        "path of a service-account or workload-identity file",
        file="google-credentials.json",
        example="/path/of/the/file.json",
    )
    project = Variable(names["project"], "your Google Cloud project", example="my-project")
    return [key] if plan.request.vertex_project else [key, project]


def login(plan: Plan) -> list[str]:
    """Shell lines that make credentials and project available, once per machine."""
    names = entry(ID)["variables"]
    lines = [
        f"# Google credentials, once per machine (or set {names['credentials']} to a service-account file):",
        entry(ID)["login"],
    ]
    if not plan.request.vertex_project:
        lines += [
            "# your Google Cloud project:",
            f'export {names["project"]}="$(gcloud config get-value project)"',
        ]
    return lines


def findings(plan: Plan) -> list[Finding]:
    """What each wished location means for each model that is not known to be served there."""
    return [
        _location_finding(model, wanted, locations(model, plan))
        for model in plan.models
        if ID in plan.providers_of(model)
        for wanted in plan.vertex_regions
        if wanted not in model.locations
    ]


def _deployment(plan: Plan, model: Model, place: str) -> dict[str, Any]:
    params: dict[str, Any] = {
        "model": model.litellm_model,
        "vertex_project": plan.request.vertex_project or f"os.environ/{entry(ID)['variables']['project']}",
        "vertex_location": place,
        **model.litellm_params,
    }
    if plan.laboratory:
        params["vertex_credentials"] = plan.laboratory.vertex_credentials
        params["api_base"] = plan.laboratory.api_base
    return params


def _location_finding(model: Model, wanted: str, chosen: tuple[str, ...]) -> Finding:
    where = Where(file="litellm-config.yaml", key=f"model_list.{model.id}.vertex_location")
    places, instead = ", ".join(model.locations), ", ".join(chosen)
    if model.locations_complete:
        return Finding(
            id="vertex_region_unsupported",
            severity="warning",
            confidence="high",
            where=where,
            problem=f"{model.title} is not served in {wanted}; its location was set to {instead}.",
            why=f"Its requests leave {wanted}. Served in: {places}.",
            fix=f"Accept {instead}, or leave {model.id} out if data must stay in {wanted}.",
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
