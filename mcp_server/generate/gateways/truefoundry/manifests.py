"""The manifests in one file, as the vendor's SDK 0.6.0 describes them, and the commands that apply it."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from mcp_server.answer import ConfigFile
from mcp_server.generate.document import yaml_text
from mcp_server.generate.gateways.truefoundry.accounts import SECRETS, TENANT
from mcp_server.generate.gateways.truefoundry.plan import VIRTUAL

if TYPE_CHECKING:
    from mcp_server.generate.gateways.truefoundry.plan import Plan

CONFIG_FILE = "truefoundry.yaml"
_READY = "truefoundry.ready.yaml"
#: A variable that is not set ends it.
_FILL = 'import os, string, sys; print(string.Template(sys.stdin.read()).substitute(os.environ), end="")'
_GUARDRAILS = "claude-code-guardrails"
#: The client retries by itself; these go to the next provider at once.
_FALLBACK = ["401", "403", "404", "408", "429", "500", "502", "503", "504", "529"]
_RETRY = {"attempts": 1, "delay": 100, "on_status_codes": ["429", "503", "529"]}
_SESSION = {"ttl_seconds": 3600, "session_identifiers": [{"source": "headers", "key": "x-claude-code-session-id"}]}


def files(plan: Plan) -> list[ConfigFile]:
    """The manifests, and the commands to apply them."""
    texts = [yaml_text(manifest, _header() if index == 0 else ()) for index, manifest in enumerate(manifests(plan))]
    return [
        ConfigFile(
            path=CONFIG_FILE,
            language="yaml",
            content="---\n".join(texts),
            why="The gateway's side, for whoever administers it. Keys are references to TrueFoundry secrets.",
        ),
        ConfigFile(
            path="shell: apply the manifests",
            language="shell",
            content=apply_commands(plan),
            why="Fills in what is not secret, shows the difference, applies it.",
        ),
    ]


def manifests(plan: Plan) -> list[dict[str, Any]]:
    """Accounts, virtual models, guardrails, limits: what is referred to comes first."""
    found = [dict(account.manifest) for account in plan.accounts]
    if plan.virtual:
        found.append(
            {
                "type": "provider-account/virtual-model",
                "name": VIRTUAL,
                "integrations": [_virtual(plan, model) for model in plan.models],
            }
        )
    if plan.guardrails:
        found += _guardrails()
    if plan.per_minute:
        rule = {
            "id": "requests-per-person",
            "when": {"models": list(plan.names)},
            "limit_to": plan.per_minute,
            "unit": "requests_per_minute",
            "rate_limit_applies_per": ["user"],
        }
        found.append({"type": "gateway-rate-limiting-config", "rules": [rule]})
    if plan.per_month:
        rule = {
            "id": "dollars-per-person",
            "when": {"models": list(plan.names)},
            "limit_to": plan.per_month,
            "unit": "cost_per_month",
            "budget_applies_per": ["user"],
        }
        found.append({"type": "gateway-budget-config", "rules": [rule]})
    return found


def apply_commands(plan: Plan) -> str:
    """What the administrator types."""
    variables = {name: meaning for account in plan.accounts for name, meaning in account.variables.items()}
    secrets = {name: meaning for account in plan.accounts for name, meaning in account.secrets.items()}
    if secrets:
        variables = {TENANT: "the tenant's name, as it stands in the FQN of your secrets", **variables}
    lines = ["pip install 'truefoundry==0.17.5' && tfy login"]
    if secrets:
        lines.append(f"# in TrueFoundry's secret group {SECRETS}, under exactly these names:")
        lines += [f"#   {name}: {meaning}" for name, meaning in secrets.items()]
    for name, meaning in variables.items():
        lines += [f"# {name}: {meaning}", f': "${{{name}:?is not set}}"']
    if variables:
        lines.append("export " + " ".join(variables))
    lines += [
        f"python3 -c {shlex.quote(_FILL)} < {CONFIG_FILE} > {_READY}",
        f"tfy apply -f {_READY} --dry-run --show-diff",
        f"tfy apply -f {_READY}",
    ]
    return "\n".join(lines) + "\n"


def _virtual(plan: Plan, model: str) -> dict[str, Any]:
    targets = []
    for index, account in enumerate(plan.accounts):
        target: dict[str, Any] = {"target": f"{account.name}/{model}"}
        if plan.routing == "priority-based-routing":
            target["priority"] = index
        if plan.routing == "weight-based-routing":
            target["weight"] = _share(index, len(plan.accounts))
        target |= {"retry_config": dict(_RETRY), "fallback_status_codes": list(_FALLBACK), "fallback_candidate": True}
        targets.append(target)
    routing: dict[str, Any] = {"type": plan.routing, "load_balance_targets": targets}
    if plan.routing == "weight-based-routing":
        routing["sticky_routing"] = dict(_SESSION)
    return {"type": "integration/model/virtual", "name": model, "model_types": ["chat"], "routing_config": routing}


def _share(index: int, count: int) -> int:
    """Whole percents that add up to 100."""
    return 100 // count + (1 if index < 100 % count else 0)


def _guardrails() -> list[dict[str, Any]]:
    """Requests that carry a secret are refused. Answers are not held back: that would stop the stream."""
    detection = {
        "type": "integration/guardrail-config/secret-detection",
        "name": "secrets",
        "operation": "validate",
        "enforcing_strategy": "enforce",
    }
    group = {"type": "provider-account/guardrail-config-group", "name": _GUARDRAILS, "integrations": [detection]}
    rule = {
        "id": "secrets-in-requests",
        "when": {},
        "llm_input_guardrails": [f"{_GUARDRAILS}/secrets"],
        "llm_output_guardrails": [],
        "mcp_tool_pre_invoke_guardrails": [],
        "mcp_tool_post_invoke_guardrails": [],
    }
    return [group, {"type": "gateway-guardrails-config", "rules": [rule]}]


def _header() -> tuple[str, ...]:
    return (
        "TrueFoundry AI gateway for Claude Code: manifests of SDK 0.6.0. Written by llm-gateway.",
        f"The commands beside it fill in what is in braces; tfy-secret:// is a secret of the group {SECRETS}.",
    )
