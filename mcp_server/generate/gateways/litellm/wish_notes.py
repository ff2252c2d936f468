"""What the choice among deployments and the further wishes mean, and what was assumed where the words left it open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcp_server.generate.gateways.litellm.router import balanced
from mcp_server.generate.gateways.litellm.start import budget
from mcp_server.generate.providers import bedrock

if TYPE_CHECKING:
    from mcp_server.generate.gateways.litellm.plan import Plan

_ROUTING = {
    "usage-based-routing-v2": "it counts tokens and requests per minute; between instances only Redis shares the count",
    "latency-based-routing": "each instance learns the speeds by itself, from its first requests on",
    "least-busy": "each instance sees its own open requests only",
    "cost-based-routing": "it takes the cheapest by LiteLLM's price map, which knows no discounts of yours",
    "simple-shuffle": "at random, by weight where weights are given",
}


def choice_notes(plan: Plan) -> list[str]:
    """How LiteLLM chooses among the deployments of a name, and what stands in for what."""
    found = []
    if plan.request.routing and not balanced(plan):
        found.append(
            f"{plan.request.routing} chooses among deployments of one name. Each name has one here: add a second entry "
            "with the same model_name (another project or location) to give it a choice."
        )
    if balanced(plan):
        found.append(_balance(plan))
    if "bedrock" in plan.providers:
        places = bedrock.regions(plan)
        assumed = "" if plan.bedrock_regions else " (assumed; name aws_region where data must stay in one place)"
        profiles = ", ".join(f"{bedrock.profile(r)}. in {r}" for r in places)
        found.append(
            f"Bedrock: inference profiles {profiles}{assumed}. Requests stay in the geography of the prefix. The "
            "models must be enabled for the account there; 403 or 404 names the one that is not."
        )
    if plan.extras.two_regions and "vertex" in plan.providers and not plan.vertex_regions:
        found.append(
            "Two regions were wished and none named: each model got its default location on Vertex AI and the next one "
            "on its list. Name vertex_region (with commas) where data must stay."
        )
    return found


def _balance(plan: Plan) -> str:
    if plan.extras.preferred:
        order = [p for p in plan.extras.preferred if p in plan.providers]
        how = f"in this order: {', '.join(order)}; the next one only while those before it fail"
    elif plan.extras.shares:
        how = "by their weights: " + ", ".join(f"{name} {part}" for name, part in plan.extras.shares.items())
    elif plan.request.routing:
        how = f"{plan.request.routing} ({_ROUTING[plan.request.routing]})"
    else:
        how = "at random, in equal parts"
    return (
        f"Entries of one name share its requests: {how}. A failing one rests for 30 seconds and another answers. "
        "A prompt cache belongs to one provider and region: shared requests meet it less often, which costs more."
    )


def wish_notes(plan: Plan) -> list[str]:
    """What the further wishes need, and what was assumed."""
    extras, found = plan.extras, list[str]()
    if extras.keys:
        people = f" for {extras.people} people" if extras.people else ""
        assumed = "" if extras.budget else " (assumed: no amount was named)"
        found.append(
            f"Keys{people}: each with {budget(plan)} USD for 30 days{assumed}. Keys and spend live in PostgreSQL "
            "(DATABASE_URL); LITELLM_SALT_KEY encrypts there and must never change."
        )
    if extras.keys and not extras.shared_state and plan.deployment == "kubernetes":
        found.append("One pod: without Redis several would count budgets apart (add the word redis for more).")
    if extras.shared_state:
        found.append(
            "Redis: instances share cooldowns and the counters of keys and budgets through it; answers are not cached."
        )
    if extras.instances > 1 and plan.deployment == "local":
        found.append(
            f"{extras.instances} instances: start the same command on other ports and put a load balancer before them, "
            "or ask for deployment docker, kubernetes or systemd."
        )
    if extras.prometheus:
        found.append(
            "Metrics: /metrics/ is open to whoever reaches the port (require_auth_for_metrics_endpoint false); it "
            "holds names of keys and models, no prompts."
        )
    if extras.otel:
        found.append("OpenTelemetry: traces go to OTEL_ENDPOINT. Prompts and answers are left out of them.")
    if extras.alerts:
        found.append(
            f"Alerts go to {', '.join(extras.alerts)}: budgets, failing models, outages"
            + (", a weekly spend report." if extras.keys else "; amounts spent need keys (say budgets).")
        )
    if extras.context_fallbacks:
        found.append(
            "Context-window fallbacks: a prompt too long for a model goes to the next larger one; Claude Code itself "
            "compacts at the smallest window of its own models first."
        )
    return found
