"""Claude Code's side of Zuplo, the checks, and what a reader should know."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from mcp_server.answer import Check
from mcp_server.generate.client import ClientSide
from mcp_server.generate.gateways.hosted import NOT_SUPPORTED
from mcp_server.generate.gateways.zuplo.project import VERSION, variables
from mcp_server.generate.modes import gateway_notes, through_gateway
from mcp_server.generate.names import name_variables, only_claude
from mcp_server.generate.proof import proving_checks

if TYPE_CHECKING:
    from mcp_server.generate.gateways.zuplo.plan import Plan

_KEY_VARIABLE = "ZUPLO_API_KEY"


def client_side(plan: Plan) -> ClientSide:
    """The base URL and the person's key."""
    mode = plan.upstream.mode
    if mode is None:
        settings = {
            "ANTHROPIC_BASE_URL": plan.url,
            **name_variables(plan.models),
            **({} if only_claude(plan.models) else {"ENABLE_TOOL_SEARCH": "false"}),
        }
    else:
        settings = through_gateway(mode, plan.request, plan.models, plan.url + plan.upstream.suffix)
    if plan.request.auth == "helper":
        settings["CLAUDE_CODE_API_KEY_HELPER_TTL_MS"] = "300000"
    return ClientSide(
        request=plan.request,
        base_url=plan.url,
        variables=settings,
        auth=plan.request.auth or "token",
        key_variable=plan.request.token_env or _KEY_VARIABLE,
        credential="ANTHROPIC_AUTH_TOKEN" if mode is not None else "",
        left_over=("ANTHROPIC_BASE_URL",) if mode is not None else (),
    )


def checks(plan: Plan) -> list[Check]:
    """Steps for the user, in the order in which things break."""
    url, key = shlex.quote(plan.url), plan.request.token_env or _KEY_VARIABLE
    found = []
    if not plan.hosted:
        found = [
            Check(
                title="the project is sound",
                status="todo",
                detail="Zuplo's own lint; llm-gateway validate says what it does not look at.",
                command="ZUPLO_DO_NOT_TRACK=1 npx zuplo lint && llm-gateway validate config/*.json",
                expect="no error",
                if_not="change the line it names",
            ),
            Check(
                title="a wrong key is refused",
                status="todo",
                detail="Costs nothing.",
                command=f"curl -sS -o /dev/null -w '%{{http_code}}' -X POST {url}{_probe_path(plan)}",
                expect="401",
                if_not="the policy person is missing on the route",
            ),
        ]
    target = "" if plan.upstream.mode else f"--base-url {url} --token-env {key}"
    return [*found, *proving_checks(target, whole=not plan.upstream.mode)]


def _probe_path(plan: Plan) -> str:
    return plan.upstream.exact[0] if plan.upstream.exact else f"{plan.upstream.beginnings[0]}x/invoke"


def notes(plan: Plan) -> list[str]:
    """Sentences for the Context section."""
    found = [] if only_claude(plan.models) else [NOT_SUPPORTED]
    found.append(
        "Zuplo is run by a third party; Anthropic neither runs nor supports it. It sees your code and prompts: ask for "
        "its retention, logging and region."
    )
    if plan.hosted:
        return [
            *found,
            "Security: no file here holds a credential. The key is the app's API key of Zuplo's portal; give each team "
            "or person an app of their own, with its budget.",
            "Only OpenAI-compatible custom providers can be added there; for another Anthropic-format provider leave "
            '"AI Gateway" out of the goal and take the project of files.',
            "The AI Gateway cannot be run here; its side is as Zuplo's documentation describes it (2026-11-22).",
        ]
    found += [
        f"Security: no file here holds a credential. Secret variables of the project: {', '.join(variables(plan))}; "
        "people's own keys are removed before a request leaves.",
        "Keep policies that rewrite bodies, cache answers or translate formats away from these routes: they break "
        "beta features and prompt caching.",
        _who(plan),
    ]
    if plan.assumed_url:
        found.append(f"No gateway_url was given: {plan.url} is the local run. Deployed, the project has its own.")
    if plan.per_minute:
        found.append(f"{plan.per_minute} requests a minute and person; one turn of Claude Code can be several.")
    found += gateway_notes(plan.upstream.mode, plan.request, plan.models)
    if not plan.upstream.tls:
        return [*found, f"The project was linted with zuplo {VERSION}; it was not run before a LiteLLM."]
    keys = "." if plan.oidc else "; the keys of Zuplo's cloud were stood in for by a service of the test."
    return [
        *found,
        f"The project was linted and run with zuplo {VERSION} and Claude Code 2.1.330 on 2026-11-25, streams and tools "
        f"included{keys}",
    ]


def _who(plan: Plan) -> str:
    if plan.oidc:
        return (
            "People bring a token of your identity provider; let a helper fetch it (auth helper), because it expires."
        )
    return (
        "People's keys are consumers of Zuplo's API key service: make one for each person in the portal. A local run "
        "needs the link to the project for them (npx zuplo link)."
    )
