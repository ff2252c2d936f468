"""Claude Code's side of ``claude gateway``, the checks, and what a reader should know."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from mcp_server.answer import Check
from mcp_server.generate.client import ClientSide
from mcp_server.generate.deployments.kubernetes_words import helm_note
from mcp_server.generate.deployments.registry import DEPLOYMENTS
from mcp_server.generate.gateways.claude_apps_gateway.config import CLOUD_SWITCH, CONFIG_FILE, variables
from mcp_server.generate.gateways.claude_apps_gateway.service import service
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
        *(DEPLOYMENTS[plan.deployment].checks(service(plan, "")) if plan.deployment != "local" else []),
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
    elif not plan.wishes.policies:
        found.append("No model is named: the gateway offers its built-in Claude models; policies can limit them.")
    for group, names in plan.wishes.policies:
        found.append(f"Group {group} gets {', '.join(names)}, starting with the first; the gateway refuses it others.")
    if plan.wishes.closed:
        found.append("The list of models is closed: the gateway refuses every other name, built-in ones, too.")
    if plan.wishes.multiplier is not None:
        found.append(
            f"Prices: the gateway counts its own list prices times {plan.wishes.multiplier:g}. It changes what is "
            "counted against limits and shown, not what the provider bills."
        )
    if plan.assumed_url:
        found.append(
            f"No gateway_url was given: {plan.public_url} was assumed, a rehearsal on one machine. Give the https:// "
            "address that people will use."
        )
    elif not plan.only_loopback:
        found.append(_tls_note(plan))
    if not (plan.wishes.groups or plan.domains):
        found.append(
            "Whoever the identity provider lets into the application may use the gateway: limit it there, or name "
            'them in goal ("group engineering", "@example.com").'
        )
    found += _more(plan)
    return found


def _tls_note(plan: Plan) -> str:
    if plan.tls_inside:
        where = "given by TLS_…_FILE" if plan.deployment == "systemd" else "where listen.tls says, readable by it only"
        return f"TLS ends in the gateway: put certificate and key {where}."
    if plan.contained:
        return (
            "TLS (1.2 or newer) ends in front of it, at an Ingress or a load balancer that does not buffer and waits "
            "10 minutes; TRUSTED_PROXY names it, else all people count as one address for the limits of sign-ins."
        )
    return "TLS ends in front of it, on the same machine; else set listen.host and trusted_proxies for it."


def _more(plan: Plan) -> list[str]:
    found = []
    if plan.deployment != "local":
        found += helm_note(plan.request.goal) if plan.deployment == "kubernetes" else []
        found += DEPLOYMENTS[plan.deployment].notes(service(plan, ""))
        found += [
            "Every instance has the same GATEWAY_JWT_SECRET and the same database: a sign-in begun at one is finished "
            "and valid at any other (measured with two). Each opens up to 5 connections to PostgreSQL "
            "(store.max_connections), so ten need 50 besides those of a rolling update.",
            "Claude Code signs in only to a gateway whose address is private: an internal load balancer or a VPN, "
            "not the internet.",
        ]
    if plan.contained:
        found.append(
            "The image is built by the first command, from the pinned npm package; it was not built here, its program "
            "read and ran the mounted file. A migration of the database runs at the start and is not undone by going "
            "back: back up the database before a new version."
        )
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
