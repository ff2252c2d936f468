"""The Anthropic API's part of a LiteLLM deployment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mcp_server.generate.providers.entry import entry
from mcp_server.generate.providers.variables import Variable

if TYPE_CHECKING:
    from mcp_server.answer import Finding
    from mcp_server.catalogue.models import Model
    from mcp_server.generate.gateways.litellm.plan import Plan

ID = "anthropic"


def deployments(plan: Plan, model: Model) -> list[dict[str, Any]]:
    """``litellm_params``: one, because the API has one place."""
    params = {"model": f"anthropic/{model.elsewhere[ID]}", "api_key": f"os.environ/{_key()}"}
    if plan.laboratory:
        params["api_base"] = plan.laboratory.anthropic
    return [params]


def variables(plan: Plan) -> list[Variable]:  # noqa: ARG001 - the same for every plan
    """What the gateway's environment must hold."""
    return [Variable(_key(), "key of the Anthropic Console, billed to your organisation")]


def login(plan: Plan) -> list[str]:  # noqa: ARG001
    """Shell lines that make the credentials available, once per machine."""
    return [
        "# the key of your Anthropic organisation (Console, API keys), for the gateway only:",
        f'test -n "${_key()}" || read -rsp "Anthropic API key: " {_key()}; export {_key()}',
    ]


def findings(plan: Plan) -> list[Finding]:  # noqa: ARG001
    """Nothing depends on a place here."""
    return []


def _key() -> str:
    return str(entry(ID)["variables"]["api_key"])
