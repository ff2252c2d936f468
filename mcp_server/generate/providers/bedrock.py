"""Amazon Bedrock's part of a LiteLLM deployment: inference profiles, one deployment for each region."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mcp_server.generate.providers.entry import entry
from mcp_server.generate.providers.variables import Variable

if TYPE_CHECKING:
    from mcp_server.answer import Finding
    from mcp_server.catalogue.models import Model
    from mcp_server.generate.gateways.litellm.plan import Plan

ID = "bedrock"
#: The second region where two are wished and none is named.
_SECOND = "us-west-2"


def deployments(plan: Plan, model: Model) -> list[dict[str, Any]]:
    """``litellm_params`` for each region. Credentials come from the AWS chain of the gateway's own process."""
    return [_deployment(plan, model, region) for region in regions(plan)]


def regions(plan: Plan) -> tuple[str, ...]:
    """The regions asked for; without a wish the client's own default (and a second one where two are wished)."""
    default = (str(entry(ID)["default_region"]),)
    return plan.bedrock_regions or ((*default, _SECOND) if plan.extras.two_regions else default)


def profile(region: str) -> str:
    """Prefix of the inference profiles of ``region``: its geography's, so that requests stay in it."""
    table: dict[str, str] = entry(ID)["profile_prefixes"]
    matching = [start for start in table if region.startswith(start)]
    return table[max(matching, key=len)] if matching else "global"


def variables(plan: Plan) -> list[Variable]:  # noqa: ARG001 - the same for every plan
    """What the gateway's environment may hold; none is required where the machine has a role."""
    what = "AWS credentials, where the machine has no role of its own"
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
    return [
        *(Variable(name, what, required=False) for name in names),
        Variable("AWS_BEARER_TOKEN_BEDROCK", "a Bedrock API key, instead of the above", required=False),
    ]


def login(plan: Plan) -> list[str]:  # noqa: ARG001
    """Shell lines that make the credentials available, once per machine."""
    return ["# AWS credentials, once per session (or any other way of the AWS credential chain):", entry(ID)["login"]]


def findings(plan: Plan) -> list[Finding]:  # noqa: ARG001
    """Which region serves which model is not known well enough to warn."""
    return []


def _deployment(plan: Plan, model: Model, region: str) -> dict[str, Any]:
    params = {"model": f"bedrock/{profile(region)}.{model.elsewhere[ID]}", "aws_region_name": region}
    if plan.laboratory:
        params["aws_bedrock_runtime_endpoint"] = plan.laboratory.bedrock
    return params
