"""The Context section: why it is built this way, what is not supported, what it costs, where facts come from."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from mcp_server.catalogue.models import EIGHT, Model, checked_on, models, stale_days
from mcp_server.catalogue.recommend import recommend
from mcp_server.generate.client import SETTINGS_FILES
from mcp_server.generate.gateways.litellm.service import placed, service
from mcp_server.generate.gateways.litellm.version import pinned_version
from mcp_server.generate.gateways.litellm.wish_notes import choice_notes, wish_notes
from mcp_server.generate.spec import MASTER_KEY_VARIABLE, is_local

#: What stays with the gateway, and the least it needs.
_RIGHTS = {
    "vertex": "Google credentials stay with LiteLLM (roles/aiplatform.user is enough)",
    "bedrock": "AWS credentials stay with LiteLLM (bedrock:InvokeModel and bedrock:InvokeModelWithResponseStream are "
    "enough)",
    "anthropic": "the Anthropic key stays with LiteLLM (a workspace of its own limits what it can spend)",
}

if TYPE_CHECKING:
    from mcp_server.generate.gateways.litellm.plan import Plan


def notes(plan: Plan) -> list[str]:
    """Sentences for the Context section, the most important first."""
    found = []
    if not plan.only_claude:
        found.append("Routing Claude Code to non-Claude models is not supported by Anthropic, through any gateway.")
    found += [_security(plan), "LiteLLM is third-party software; Anthropic neither runs nor supports it."]
    found.append(_tiers(plan))
    found += _smaller_windows(plan)
    if plan.chosen_for_user:
        found += [_uses(plan), _the_eight(plan)]
    if "vertex" in plan.providers and not plan.request.vertex_project:
        found.append(
            "No vertex_project was given: LiteLLM reads GOOGLE_CLOUD_PROJECT from its environment when it starts."
        )
    found += choice_notes(plan) + wish_notes(plan)
    if plan.deployment != "local":
        found += placed(plan).notes(service(plan, ""))
    found += [_scope(plan), _prices(plan.models), *_previews(plan), *_elsewhere(plan), *_proxy(plan)]
    age = stale_days(plan.today)
    if age:
        found.append(f"The model facts are {age} days old and models retire monthly: check Google's model pages first.")
    found.append(
        f"Sources: Google's model pages and LiteLLM {pinned_version()}'s price map, checked {checked_on()}; "
        "settings measured with Claude Code 2.1.330 and 2.1.197."
    )
    return found


def _security(plan: Plan) -> str:
    rights = "; ".join(_RIGHTS[name] for name in plan.providers)
    team = (
        "LiteLLM listens on 127.0.0.1 only; for a team put TLS in front and give each person a key (needs PostgreSQL)."
        if not plan.extras.keys
        else "Put TLS in front of it, and give each person a key of their own (commands above): the key file on their "
        "machine then holds that key, never the master key."
    )
    return (
        "Security: no file here holds a credential. "
        f"{MASTER_KEY_VARIABLE} opens the whole gateway: its place is the key file or a secret manager, not a project. "
        f"{rights}. {team}"
    )


def _tiers(plan: Plan) -> str:
    names = ", ".join(f"{tier} → {m.id}" for tier, m in plan.tiers.items())
    return (
        f"Main model {plan.main.id}; tiers: {names}. All {len(plan.models)} models are listed in /model "
        "(the list is read when Claude Code starts). "
        "The ids that Claude Code calls by itself are mapped too, so no call of its own meets an unknown name."
    )


def _smaller_windows(plan: Plan) -> list[str]:
    # A few per cent less is caught by compaction in time.
    small = [m for m in plan.models if m.context_window < 0.9 * plan.context_window and m.tool_use]
    if not small or plan.only_claude:
        return []
    listed = ", ".join(f"{m.id} {m.context_window:,}" for m in small)
    first = min(small, key=lambda m: m.context_window)
    override = json.dumps({"env": {"CLAUDE_CODE_MAX_CONTEXT_TOKENS": str(first.context_window)}}, separators=(",", ":"))
    return [
        f"Claude Code compacts at one window for all models: {plan.context_window:,} tokens here. Smaller: {listed}. "
        f"Start those with their own window: claude --model {first.id} --settings '{override}'"
    ]


def _uses(plan: Plan) -> str:
    uses = "; ".join(f"{use}: {m.id}" for use, m in recommend(plan.models, plan.today).items())
    return f"By use (from window, tool use and price; the order of strength is a judgement): {uses}."


def _the_eight(plan: Plan) -> str:
    parts = []
    for name in EIGHT:
        model = models()[name]
        state = model.state_on(plan.today)
        since = f" since {model.retired_on}" if model.retired_on and state != "living" else ""
        parts.append(f"{name} {state.replace('-', ' ')}{since}")
    return (
        f"No model was named, so the living ones were taken. State of the eight classic choices: {'; '.join(parts)}. "
        "Ask for them by name (or 'all eight') if your project still has them."
    )


def _scope(plan: Plan) -> str:
    path, reach = SETTINGS_FILES[plan.request.scope]
    return (
        f"Scope {plan.request.scope}: {path} serves {reach}. "
        "Order of strength: managed, command line, local, project, user, shell. "
        "A project file with a base URL sends the key of everyone who opens the repository there."
    )


def _prices(served: tuple[Model, ...]) -> str:
    rows = ", ".join(f"{m.id} {m.price_in:g}/{m.price_out:g}" for m in served)
    return f"Price in USD per million tokens, in/out (LiteLLM {pinned_version()}'s map): {rows}."


def _previews(plan: Plan) -> list[str]:
    names = [m.id for m in plan.models if "preview" in m.publisher_model]
    return [f"Preview, may change or end at short notice: {', '.join(names)}."] if names else []


def _elsewhere(plan: Plan) -> list[str]:
    if is_local(plan.base_url):
        return []
    return [
        f"The gateway runs elsewhere: start it on its own host behind the TLS front end of {plan.base_url}, "
        f"and export the key it issued as {plan.key_variable}."
    ]


def _proxy(plan: Plan) -> list[str]:
    if not (plan.request.proxy_url or plan.request.ca_bundle):
        return []
    return [
        "Proxy: Claude Code does not exempt loopback by itself, hence NO_PROXY (commas, no spaces, both spellings). "
        "Behind TLS inspection LiteLLM needs SSL_CERT_FILE and REQUESTS_CA_BUNDLE (they replace its list, hence the "
        "joined file), the client NODE_EXTRA_CA_CERTS, which adds. A proxy login is never written into a file: "
        "proxy_url as http://${NAME}@host:port, or a local relay (px)."
    ]
