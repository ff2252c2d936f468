"""The commands that start LiteLLM on this machine, and those that hand out keys."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from mcp_server.generate.gateways.litellm.version import CONFIG_FILE, pinned_version
from mcp_server.generate.network import proxy_exports
from mcp_server.generate.providers.entry import entry
from mcp_server.generate.providers.registry import PROVIDERS
from mcp_server.generate.providers.variables import Variable
from mcp_server.generate.shell import double_quoted
from mcp_server.generate.spec import KEY_FILE, MASTER_KEY_VARIABLE, is_local

if TYPE_CHECKING:
    from mcp_server.generate.gateways.litellm.plan import Plan

_ENVIRONMENT = ".litellm"
_NEW_KEY = "import secrets; print('sk-' + secrets.token_urlsafe(32))"
_PRISMA = "prisma==0.11.0"
#: Where LiteLLM keeps the description of its tables.
_SCHEMA = (
    "import importlib.util as u; print(u.find_spec('litellm').submodule_search_locations[0] + '/proxy/schema.prisma')"
)


def start_commands(plan: Plan) -> str:
    """Install, credentials, key and start, as a person types them."""
    lines = [
        *_way_out(plan),
        f"python3 -m venv {_ENVIRONMENT}",
        *trust(plan),
        f"{_ENVIRONMENT}/bin/pip install {' '.join(map(shlex.quote, packages(plan)))}",
        *(line for name in plan.providers for line in PROVIDERS[name].login(plan)),
        *_outside(plan),
        *master_key(),
        *_database(plan),
        f"{_ENVIRONMENT}/bin/litellm --config {CONFIG_FILE} {_listen(plan.base_url)}",
    ]
    return "\n".join(lines) + "\n"


def packages(plan: Plan) -> list[str]:
    """What pip installs: LiteLLM of the tested version, then what providers and wishes need beside it."""
    found = [f"litellm[proxy]=={pinned_version()}"]
    found += [p["name"] for name in plan.providers for p in entry(name).get("packages", ())]
    if plan.extras.prometheus:
        found.append("prometheus-client")
    if plan.extras.otel:
        found += ["opentelemetry-sdk", "opentelemetry-exporter-otlp"]
    if plan.extras.keys:
        found.append(_PRISMA)
    return found


def master_key() -> list[str]:
    """Lines that make the gateway's key once and export it."""
    key_file = double_quoted(KEY_FILE)
    return [
        "# a random gateway key, made once and readable only by you:",
        f'mkdir -p "$(dirname {key_file})"',
        f"test -s {key_file} || (umask 077; python3 -c {shlex.quote(_NEW_KEY)} > {key_file})",
        f'export {MASTER_KEY_VARIABLE}="$(cat {key_file})"',
    ]


def wished_variables(plan: Plan) -> list[Variable]:
    """What the wishes beside models need from outside."""
    extras, found = plan.extras, list[Variable]()
    if extras.keys:
        found += [
            Variable(
                "DATABASE_URL", "PostgreSQL of keys and spend", example="postgresql://litellm:…@host:5432/litellm"
            ),
            Variable("LITELLM_SALT_KEY", "encrypts what LiteLLM stores in the database; it must never change"),
        ]
    if extras.shared_state:
        found += [
            Variable("REDIS_HOST", "Redis that the instances share", example="redis.internal"),
            Variable("REDIS_PORT", "its port", example="6379"),
            Variable("REDIS_PASSWORD", "its password"),
        ]
    hooks = {
        "slack": Variable("SLACK_WEBHOOK_URL", "incoming webhook of the Slack channel; who has it can post there"),
        "ms_teams": Variable("MS_TEAMS_WEBHOOK_URL", "workflow URL of the Teams channel; who has it can post there"),
        "webhook": Variable("WEBHOOK_URL", "URL that gets each alert as JSON"),
    }
    found += [hooks[name] for name in extras.alerts]
    if extras.otel:
        found += [
            Variable("OTEL_EXPORTER", "the protocol: otlp_http or otlp_grpc", example="otlp_http"),
            Variable("OTEL_ENDPOINT", "address of the OpenTelemetry collector", example="http://collector:4318"),
        ]
    return found


def new_keys(plan: Plan) -> str:
    """Commands that make a key for one person, and take it back."""
    body: dict[str, object] = {
        "key_alias": "NAME",
        "models": [m.id for m in plan.models],
        "max_budget": budget(plan),
        "budget_duration": "30d",
    }
    url = shlex.quote(plan.base_url)
    # curl reads the header from a file descriptor: an argument would stand in the process list.
    key = '-H @<(printf "Authorization: Bearer %s" "$LITELLM_MASTER_KEY")'
    return "\n".join(
        [
            "# for each person once, with the name in place of NAME; the answer holds the key, hand it over safely:",
            f"curl -fsS {url}/key/generate {key} -H 'Content-Type: application/json' \\",
            f"  -d {shlex.quote(json.dumps(body))}",
            "# what each has spent:",
            f"curl -fsS {shlex.quote(f'{plan.base_url}/key/list?return_full_object=true')} {key}",  # zsh reads a bare ?
            "# take one back:",
            f"curl -fsS {url}/key/delete {key} -H 'Content-Type: application/json' \\",
            f"  -d {shlex.quote(json.dumps({'key_aliases': ['NAME']}))}",
            "",
        ]
    )


def budget(plan: Plan) -> int:
    """USD for each key and 30 days: as wished, else a start that nobody exceeds by mistake."""
    return plan.extras.budget or 100


def trust(plan: Plan, folder: str = "$PWD/") -> list[str]:
    """One bundle, because both variables replace LiteLLM's own list of CAs instead of adding to it."""
    if not plan.request.ca_bundle:
        return []
    bundle = f"{_ENVIRONMENT}/ca-bundle.pem"
    return [
        "# the public CAs and yours in one file, for pip, LiteLLM's model calls and Google's token calls:",
        f'cat "$({_ENVIRONMENT}/bin/python -m pip._vendor.certifi)" {shlex.quote(plan.request.ca_bundle)} > {bundle}',
        # Model calls obey the first, google-auth's token call only the second (measured on LiteLLM 1.106.2).
        f'export SSL_CERT_FILE="{folder}{bundle}"',
        f'export REQUESTS_CA_BUNDLE="{folder}{bundle}"',
    ]


def _outside(plan: Plan) -> list[str]:
    """The variables of the wishes: asked for where they are missing, so that none ends up in a file."""
    lines = []
    for variable in wished_variables(plan):
        example = f" (like {variable.example})" if variable.example else ""
        lines += [
            f"# {variable.what}{example}:",
            f'test -n "${variable.name}" || read -rsp "{variable.name}: " {variable.name}; export {variable.name}',
        ]
    return lines


def _database(plan: Plan) -> list[str]:
    if not plan.extras.keys:
        return []
    return [
        "# the client of the database, made once (loads Prisma's engines from the internet); LiteLLM makes the tables:",
        f'export PATH="$PWD/{_ENVIRONMENT}/bin:$PATH"',
        f'prisma generate --schema "$({_ENVIRONMENT}/bin/python -c {shlex.quote(_SCHEMA)})"',
    ]


def _way_out(plan: Plan) -> list[str]:
    lines = proxy_exports(plan.request, everything=True)
    return ["# the way out, for pip and for LiteLLM:", *lines] if lines else []


def _listen(base_url: str) -> str:
    """Where LiteLLM listens: what the client's URL names when it is plain http on this machine, else behind a proxy."""
    parts = urlsplit(base_url)
    if parts.scheme != "http" or not is_local(base_url):
        return "--host 127.0.0.1 --port 4000"
    host = "127.0.0.1" if parts.hostname == "localhost" else parts.hostname
    return f"--host {host} --port {parts.port or 80}"
