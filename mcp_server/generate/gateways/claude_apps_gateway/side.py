"""Claude Code's side of ``claude gateway``, the checks, and what a reader should know."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from mcp_server.answer import Check
from mcp_server.generate.client import ClientSide
from mcp_server.generate.gateways.claude_apps_gateway.config import CLOUD_SWITCH, CONFIG_FILE, variables
from mcp_server.generate.names import name_variables

if TYPE_CHECKING:
    from mcp_server.generate.gateways.claude_apps_gateway.plan import Plan

_TOKEN_VARIABLE = "CLAUDE_GATEWAY_TOKEN"  # noqa: S105 - a name


def client_side(plan: Plan) -> ClientSide:
    """Managed settings that lead to the sign-in, or the address with a token in a variable."""
    if plan.signs_in:
        settings = {"forceLoginMethod": "gateway", "forceLoginGatewayUrl": plan.public_url}
        return ClientSide(
            request=plan.request,
            base_url=plan.public_url,
            variables={},
            auth="none",
            settings=settings,
            left_over=("ANTHROPIC_BASE_URL",),
        )
    return ClientSide(
        request=plan.request,
        base_url=plan.public_url,
        variables={
            "ANTHROPIC_BASE_URL": plan.public_url,
            **name_variables(plan.models),
            **(CLOUD_SWITCH if plan.clouds else {}),
        },
        auth=plan.request.auth,
        key_variable=plan.request.token_env or _TOKEN_VARIABLE,
    )


def checks(plan: Plan) -> list[Check]:
    """Steps for the user, in the order in which things break."""
    url = shlex.quote(plan.public_url)
    token = plan.request.token_env or _TOKEN_VARIABLE
    return [
        Check(
            title="the file is sound",
            status="todo",
            detail="The program has no option that only checks; this compares with its own schema.",
            command=f"llm-gateway validate --environment ignore {CONFIG_FILE}",
            expect="no error",
            if_not="change the line it names",
        ),
        Check(
            title="the gateway is up",
            status="todo",
            detail="It connects to PostgreSQL first, then to the identity provider, then listens.",
            command=f"curl -fsS {url}/readyz",
            expect="ready",
            if_not="its last line of output names the reason; 503 means that PostgreSQL is gone",
        ),
        Check(
            title="sign-in works",
            status="todo",
            detail="In Claude Code with the settings above: /login, confirm the code in the browser.",
            command="claude auth status",
            expect='"apiProvider": "gateway"',
            if_not=f"the identity provider must know the redirect URI {plan.public_url}/oauth/callback",
        ),
        Check(
            title="the gateway serves Claude Code",
            status="todo",
            detail=f"With a token of the gateway in {token}: a streamed tool round trip; a few thousand billed tokens.",
            command=f"llm-gateway test-model --base-url {url} --token-env {token}",
            expect="verdict ok",
            if_not="findings[0] names the layer and the change",
        ),
    ]


def notes(plan: Plan) -> list[str]:
    """Sentences for the Context section."""
    found = [
        "Security: no file here holds a credential. The gateway's environment holds the provider's key and the secret "
        f"that signs tokens: set {', '.join(variables(plan))} from a secret store. People hold tokens of their own "
        "only; who is locked out at the identity provider is out after session.ttl_hours at the latest.",
        *(upstream.note for upstream in plan.upstreams),
    ]
    if len(plan.upstreams) > 1:
        found.append("Several upstreams: a request goes to the first that has the model; the next is tried on failure.")
    if plan.models:
        found.append(f"Everyone's policy allows {', '.join(plan.models)} and starts with the first.")
    else:
        found.append("No model is named: the gateway offers its built-in Claude models; policies can limit them.")
    if plan.assumed_url:
        found.append(
            f"No gateway_url was given: {plan.public_url} was assumed, a rehearsal on one machine. Give the https:// "
            "address that people will use."
        )
    elif not plan.only_loopback:
        found.append(
            "TLS ends in front of it, on the same machine; else set listen.host and trusted_proxies for it."
            if plan.tls_in_front or plan.public_url.startswith("http://")
            else "TLS ends in the gateway: put certificate and key where listen.tls says, readable by it only."
        )
    if not (plan.groups or plan.domains):
        found.append(
            "Whoever the identity provider lets into the application may use the gateway: limit it there, or name "
            'them in goal ("group engineering", "@example.com").'
        )
    found += _more(plan)
    return found


def _more(plan: Plan) -> list[str]:
    found = []
    if plan.request.deployment == "systemd":
        found.append("systemd: run the start command as an account of its own with EnvironmentFile= (mode 0600).")
    if plan.admin:
        found.append(
            "Spend limits are set at POST /v1/organizations/spend_limits with x-api-key: the admin key. With "
            "fail_closed_on_error requests are refused while PostgreSQL is away, because nothing can be counted."
        )
    if plan.telemetry:
        found.append("Telemetry: signed-in clients get the OTEL variables from the gateway. Logs and traces stay off.")
    if plan.request.proxy_url:
        found.append("oidc.use_proxy decides whether the identity provider is asked through the proxy, too.")
    if not plan.signs_in:
        found.append(
            "A token in a variable is for machines: it is the access_token of the device flow, ends after ttl_hours, "
            "and is not renewed. People should sign in."
        )
    else:
        found.append("The sign-in needs a terminal and a browser once; afterwards claude -p works, too.")
    found.append(
        "claude gateway is Anthropic's own program and part of Claude Code. File and behaviour measured with 2.1.330 "
        "on 2026-11-25."
    )
    return found
