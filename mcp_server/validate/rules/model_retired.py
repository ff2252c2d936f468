"""The model is retired, or will be soon.

What: a model whose retirement date (provider's announcement, or LiteLLM's own price map) has passed or is near.
Why: LiteLLM knows nothing of dates: the gateway starts perfectly, lists the model, and the provider answers 404 at
    the first prompt.
Fix: use the named living successor.

Bad:
    model_list:
      - model_name: r1
        litellm_params: {model: vertex_ai/deepseek-ai/deepseek-r1-0528-maas}

Good:
    model_list:
      - model_name: fast
        litellm_params: {model: vertex_ai/deepseek-ai/deepseek-v4.1-flash-maas}
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from mcp_server.answer import Severity
from mcp_server.catalogue.models import Model, living_successors, models
from mcp_server.document.document import Document
from mcp_server.document.nodes import at
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.litellm import Deployment, litellm, schema
from mcp_server.validate.problem import Problem

ID = "model-retired"
KINDS: tuple[Kind, ...] = ("litellm",)
SEVERITY: Severity = "warning"
SOON = timedelta(days=60)


def check(document: Document, context: Context) -> Iterator[Problem]:
    catalogue = {m.litellm_model: m for m in models().values()}
    for deployment in litellm(document).deployments:
        known = catalogue.get(deployment.model or "") or catalogue.get(f"{deployment.provider}/{deployment.model}")
        found = _known(known, context.today) if known else _dated(deployment, context.today)
        if found:
            problem, fix, near = found
            yield Problem(
                problem,
                "LiteLLM starts and lists it all the same; the provider answers 404 at the first prompt"
                if not near
                else "from that day the provider answers 404, with no warning from LiteLLM",
                fix,
                at(deployment.model_node),
                deployment.param_path("model"),
                severity="info" if near else None,
                confidence="high" if known else "medium",
            )


def _known(model: Model, today: date) -> tuple[str, str, bool] | None:
    state = model.state_on(today)
    successors = " or ".join(m.litellm_model for m in living_successors(model, today)) or "a living model"
    fix = f"use {successors}"
    if state in ("retired", "withdrawn"):
        when = f" on {model.retired_on}" if model.retired_on else ""
        return f"{model.title} was {state}{when} on Vertex AI", fix, False
    if state == "closed-to-new-projects":
        until = f", and shuts down on {model.shutdown_on}" if model.shutdown_on else ""
        return f"{model.title} is closed to new and inactive projects{until}", f"for a new project {fix}", True
    ends = model.retired_on or model.shutdown_on
    if ends and ends - today <= SOON:
        return f"{model.title} will be retired on {ends}", fix, True
    return None


def _dated(deployment: Deployment, today: date) -> tuple[str, str, bool] | None:
    dates: dict[str, str] = schema().data["retirement_dates"]
    model, provider = deployment.model or "", deployment.provider
    day = dates.get(f"{provider}/{model}") or dates.get(model)
    if not day and provider in ("anthropic", "openai") and not deployment.param("api_base"):
        day = dates.get(deployment.model_id)
    if not day:
        return None
    ends = date.fromisoformat(day)
    if ends - today > SOON:
        return None
    verb = "was to be" if ends <= today else "is to be"
    return (
        f"{model} {verb} retired on {day} (date in LiteLLM's price map)",
        "use a model that the provider still serves",
        ends > today,
    )
