"""LiteLLM as a long-running service."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from mcp_server.effective.no_proxy import portable_no_proxy
from mcp_server.generate.deployments.prometheus import rule
from mcp_server.generate.deployments.registry import DEPLOYMENTS
from mcp_server.generate.deployments.service import CONFIG_FOLDER, SCRATCH, Service
from mcp_server.generate.gateways.litellm.start import master_key, packages, wished_variables
from mcp_server.generate.gateways.litellm.version import CONFIG_FILE, pinned_version
from mcp_server.generate.network import login_variable, proxy_exports
from mcp_server.generate.providers.registry import PROVIDERS
from mcp_server.generate.providers.variables import Variable
from mcp_server.generate.spec import MASTER_KEY_VARIABLE

if TYPE_CHECKING:
    from mcp_server.generate.deployments.registry import Deployment
    from mcp_server.generate.gateways.litellm.plan import Plan

#: LiteLLM's image without root; its tags are the plain version.
_IMAGE = "docker.litellm.ai/berriai/litellm-non_root"
_HOME = "/opt/llm-gateway"
_BUNDLE = "ca-bundle.pem"
_LIVE, _READY = "/health/liveliness", "/health/readiness"
_PORT = 4000
#: Start-up without calls to the internet; the container's only writable place is /tmp.
_OFFLINE = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_LOCAL_BLOG_POSTS": "True"}


def service(plan: Plan, text: str) -> Service:
    """The service of ``plan``, whose configuration file is ``text``."""
    container = plan.deployment != "systemd"
    listen = "0.0.0.0" if container else "127.0.0.1"  # noqa: S104 - of the container alone
    arguments = ("--config", f"{CONFIG_FOLDER}/{CONFIG_FILE}", "--host", listen, "--port")
    folder = f"{_HOME}/litellm-{pinned_version()}"
    installed = " ".join(map(shlex.quote, packages(plan)))
    return Service(
        name="litellm",
        title=f"LiteLLM {pinned_version()}",
        image=f"{_IMAGE}:{pinned_version()}",
        arguments=(*arguments, str(_PORT)),
        program=(f"{_HOME}/litellm/bin/litellm", *arguments, "{port}"),
        install=(
            f"python3 -m venv {folder} && {folder}/bin/pip install {installed}",
            f"ln -sfn {folder} {_HOME}/litellm",
        ),
        port=_PORT,
        files={CONFIG_FILE: text},
        made=_bundle(plan),
        key_lines=tuple(_exports(plan)) if container else (),
        variables=tuple(_variables(plan)),
        settings=_settings(plan, container=container),
        live=_LIVE,
        ready=_READY,
        health=(
            "python3",
            "-c",
            f"import urllib.request as u; u.urlopen('http://127.0.0.1:{_PORT}{_LIVE}', timeout=4)",
        ),
        memory=4096,
        instances=_instances(plan),
        database="litellm" if plan.extras.keys else "",
        redis=plan.extras.shared_state,
        metrics="/metrics/" if plan.extras.prometheus else "",
        alert_rules=tuple(_alert_rules(plan)),
        egress=_egress(plan),
    )


def placed(plan: Plan) -> Deployment:
    """How this plan is deployed: LiteLLM has a Helm chart of its own."""
    from mcp_server.generate.gateways.litellm import helm

    return helm if plan.extras.helm else DEPLOYMENTS[plan.deployment]


def _instances(plan: Plan) -> int:
    """As wished; on Kubernetes two, unless they would count budgets apart."""
    extras = plan.extras
    if plan.deployment == "kubernetes" and extras.instances == 1 and not (extras.keys and not extras.redis):
        return 2
    return extras.instances


def _variables(plan: Plan) -> list[Variable]:
    key = Variable(MASTER_KEY_VARIABLE, "the key that opens the whole gateway; a random one that begins with sk-")
    found = [key, *(v for name in plan.providers for v in PROVIDERS[name].variables(plan)), *wished_variables(plan)]
    if login_variable(plan.request.proxy_url):
        way = "the company's proxy with its login, http://user:password@host:port, percent-encoded"
        found += [Variable(name, way) for name in ("HTTPS_PROXY", "HTTP_PROXY")]
    return found


def _settings(plan: Plan, *, container: bool) -> dict[str, str]:
    request, found = plan.request, dict(_OFFLINE)
    if container:
        found["HOME"] = SCRATCH
        if plan.extras.keys:
            found["LITELLM_MIGRATION_DIR"] = f"{SCRATCH}/migrations"
    if request.proxy_url and not login_variable(request.proxy_url):
        found |= dict.fromkeys(("HTTPS_PROXY", "HTTP_PROXY"), request.proxy_url)
    if request.proxy_url or request.no_proxy:
        inside = ("postgres", "redis") if plan.deployment == "docker" else ()
        found["NO_PROXY"] = portable_no_proxy(request.no_proxy, inside)
    if request.ca_bundle:
        found |= dict.fromkeys(("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"), f"{CONFIG_FOLDER}/{_BUNDLE}")
    return found


def _exports(plan: Plan) -> list[str]:
    """What the shell can make by itself: the gateway's key, and the proxy's address with its login."""
    login = proxy_exports(plan.request, everything=True) if login_variable(plan.request.proxy_url) else []
    return [*login, *master_key()]


def _bundle(plan: Plan) -> dict[str, str]:
    """One file with the public CAs and the company's: both variables replace LiteLLM's own list."""
    if not plan.request.ca_bundle:
        return {}
    return {_BUNDLE: f'cat "$(python3 -m pip._vendor.certifi)" {shlex.quote(plan.request.ca_bundle)} > {_BUNDLE}'}


def _egress(plan: Plan) -> tuple[int, ...]:
    if not plan.request.proxy_url:
        return (443,)
    parts = urlsplit(plan.request.proxy_url.replace("${", "").replace("}", ""))
    return (443, parts.port or (443 if parts.scheme == "https" else 80))


def _alert_rules(plan: Plan) -> list[dict[str, Any]]:
    """Rules over metrics of LiteLLM 1.106.2 (names read in its prometheus module)."""
    failed, asked = "litellm_proxy_failed_requests_metric_total", "litellm_proxy_total_requests_metric_total"
    slow = "histogram_quantile(0.95, sum by (le) (rate(litellm_llm_api_time_to_first_token_metric_bucket[10m])))"
    found = [
        rule(
            "GatewayErrors",
            f"sum(rate({failed}[5m])) / sum(rate({asked}[5m])) > 0.05",
            "10m",
            "warning",
            "More than 5 % of the requests through the gateway fail.",
        ),
        rule(
            "ProviderDown",
            "max by (litellm_model_name, api_base) (litellm_deployment_state) == 2",
            "5m",
            "warning",
            "LiteLLM counts a deployment as a complete outage.",
        ),
        rule(
            "SlowFirstToken", f"{slow} > 30", "10m", "warning", "The first token takes more than 30 s (95th per cent)."
        ),
    ]
    if plan.extras.keys:
        found.append(
            rule(
                "BudgetNearlySpent",
                "min by (api_key_alias) (litellm_remaining_api_key_budget_metric"
                " / litellm_api_key_max_budget_metric) < 0.1",
                "15m",
                "info",
                "A key has less than 10 % of its budget left.",
            )
        )
    return found
