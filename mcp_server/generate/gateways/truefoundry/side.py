"""Claude Code's side of TrueFoundry, the checks, and what a reader should know."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING

from mcp_server.answer import Check
from mcp_server.generate.client import ClientSide
from mcp_server.generate.gateways.hosted import NOT_SUPPORTED
from mcp_server.generate.gateways.truefoundry.manifests import CONFIG_FILE
from mcp_server.generate.names import name_variables, only_claude
from mcp_server.generate.proof import proving_checks

if TYPE_CHECKING:
    from mcp_server.generate.gateways.truefoundry.plan import Plan

_KEY_VARIABLE = "TFY_API_KEY"
_HEADERS = "ANTHROPIC_CUSTOM_HEADERS"


def client_side(plan: Plan) -> ClientSide:
    """Base URL, names, token; with a subscription the token comes in TrueFoundry's own header."""
    key = plan.request.token_env or _KEY_VARIABLE
    variables = {"ANTHROPIC_BASE_URL": plan.url, **name_variables(plan.names)}
    if not plan.only_anthropic:
        variables["CLAUDE_CODE_DISABLE_EXPERIMENTAL_BETAS"] = "1"
    if not only_claude(plan.names):
        variables["ENABLE_TOOL_SEARCH"] = "false"
    if plan.request.auth == "helper":
        variables["CLAUDE_CODE_API_KEY_HELPER_TTL_MS"] = "300000"
    metadata = f"X-TFY-METADATA: {json.dumps({'team': plan.team})}" if plan.team else ""
    secret = {}
    if plan.subscription:
        escaped = metadata.replace('"', '\\"')  # within the double quotes of a shell
        secret = {_HEADERS: "\n".join(filter(None, (f"X-TFY-API-KEY: ${key}", escaped)))}
    elif metadata:
        variables[_HEADERS] = metadata
    return ClientSide(
        request=plan.request,
        base_url=plan.url,
        variables=variables,
        auth="none" if plan.subscription else (plan.request.auth or "token"),
        key_variable=key,
        secret_variables=secret,
    )


def checks(plan: Plan) -> list[Check]:
    """Steps for the user, in the order in which things break."""
    url, key = shlex.quote(plan.url), plan.request.token_env or _KEY_VARIABLE
    found = []
    if plan.accounts:
        found.append(
            Check(
                title="the manifests are sound",
                status="todo",
                detail="The vendor's own reader ignores keys that it does not know; this does not.",
                command=f"llm-gateway validate --environment ignore {CONFIG_FILE}",
                expect="no error",
                if_not="change the line it names",
            )
        )
    target = f"--base-url {url} --token-env {key} {shlex.quote(plan.names[0])}"
    expired = "401: the token has expired; 403: the model is not granted to its account; else findings[0]"
    return [*found, *proving_checks(target, if_not=expired)]


def notes(plan: Plan) -> list[str]:
    """Sentences for the Context section."""
    found = [] if only_claude(plan.names) else [NOT_SUPPORTED]
    found += [
        "TrueFoundry is run by a third party; Anthropic neither runs nor supports it. It sees your code and prompts: "
        "ask for its retention, logging and region, or run its gateway in your own cluster.",
        "Security: no file here holds a credential. Each person uses a token of their own (personal access token), a "
        "machine a virtual account with expiration_date and auto_rotate. Tokens expire: then every call is 401, which "
        "Claude Code retries in silence for minutes; a helper can fetch a new one (auth helper).",
    ]
    if plan.subscription:
        found.append(
            "Claude.ai logins pass through the gateway: a personal account's token is seen by a third party. Whether "
            "the terms of your plan allow that is yours to check; an account key avoids it."
        )
    if plan.virtual:
        found.append(_routing_note(plan))
    if plan.added_path:
        found.append(
            f"/api/llm was added to the address; compare with the snippet of TrueFoundry's playground: {plan.url}."
        )
    if plan.accounts and not plan.request.routing and plan.virtual:
        found.append("No routing was named: priority, because it keeps a conversation with one provider.")
    if plan.guardrails:
        found.append(
            "Guardrail: requests with a secret in them are refused (validate). It looks at requests only; one on "
            "answers would hold the stream back, and one that changes texts breaks prompt caching."
        )
    if not plan.accounts:
        found.append("The names are taken as they are: the account before the slash must exist and be granted to you.")
    found.append(
        "The gateway cannot be run here: manifests agree with the vendor's SDK 0.6.0, the client's side follows its "
        "documentation (2026-11-22) and was tested against a stand-in that checks path, token and names."
    )
    return found


def _routing_note(plan: Plan) -> str:
    order = ", then ".join(account.title for account in plan.accounts)
    if plan.routing == "priority-based-routing":
        return f"Each virtual model asks {order}; the next one only when the one before fails."
    if plan.routing == "weight-based-routing":
        return (
            "Weight-based: equal shares, and one session stays with one provider for an hour (sticky_routing by Claude "
            "Code's session header), because each provider has a prompt cache of its own."
        )
    return (
        "Latency-based: a conversation may move between providers, and pays for its whole prompt at each move, because "
        "each has a prompt cache of its own. Priority-based avoids that."
    )
