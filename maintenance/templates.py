"""Writes ``templates/``: ready files for common scenarios, made by the generator.

python maintenance/templates.py [--check]

With ``--check`` it writes nothing, prints the files that differ from what the generator makes, and exits with 1.
"""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mcp_server.answer import Answer, ConfigFile
from mcp_server.catalogue.models import EIGHT, checked_on
from mcp_server.generate.build import generate
from mcp_server.generate.document import place_below
from mcp_server.generate.gateways import hosted
from mcp_server.generate.spec import parse_request

TEMPLATES = Path(__file__).parents[1] / "templates"


def _hosted(entry: Mapping[str, Any]) -> dict[str, Any]:
    """A gateway of the catalogue with what it cannot do without."""
    models = [entry.get("example_model", "claude-opus-5-5")] if entry.get("needs_models") else []
    url = {"gateway_url": entry["example"]} if "{" in entry["base_url"] else {}
    return {"gateway": entry["id"], **url, **({"models": models} if models else {})}


#: Folder → the arguments of generate_config that make it.
SCENARIOS: dict[str, dict[str, Any]] = {
    "litellm-vertex": {"gateway": "litellm", "providers": ["vertex"]},
    "litellm-vertex-eight": {"gateway": "litellm", "providers": ["vertex"], "models": list(EIGHT)},
    "litellm-three-clouds": {"gateway": "litellm", "providers": ["vertex", "bedrock", "anthropic"]},
    "litellm-bedrock-regions": {
        "gateway": "litellm",
        "providers": ["bedrock", "anthropic"],
        "aws_region": "eu-central-1, eu-west-1",
        "goal": "prefer bedrock",
    },
    "litellm-team-docker": {
        "gateway": "litellm",
        "providers": ["bedrock", "anthropic"],
        "deployment": "docker",
        "goal": "team of 30 with budgets of $100, prometheus, slack alerts",
    },
    "litellm-kubernetes": {
        "gateway": "litellm",
        "providers": ["vertex"],
        "deployment": "kubernetes",
        "goal": "virtual keys, redis, prometheus",
    },
    "litellm-helm": {
        "gateway": "litellm",
        "providers": ["bedrock"],
        "deployment": "kubernetes",
        "goal": "helm, three instances, redis, prometheus",
    },
    "litellm-anthropic": {"gateway": "litellm", "providers": ["anthropic"]},
    "litellm-systemd": {"gateway": "litellm", "providers": ["anthropic"], "deployment": "systemd"},
    "claude-gateway": {
        "gateway": "claude-apps-gateway",
        "gateway_url": "https://claude.example.com",
        "providers": ["anthropic", "bedrock", "vertex"],
        "goal": "budgets, telemetry, @example.com",
    },
    "claude-gateway-groups": {
        "gateway": "claude-apps-gateway",
        "gateway_url": "https://claude.example.com",
        "goal": "Bedrock with arn:aws:iam::123456789012:role/claude-gateway, sessions per person; "
        "group interns: haiku; group research: opus and sonnet; only these models, 15% discount, budgets",
    },
    "claude-gateway-docker": {
        "gateway": "claude-apps-gateway",
        "gateway_url": "https://claude.example.com",
        "deployment": "docker",
    },
    "claude-gateway-kubernetes": {
        "gateway": "claude-apps-gateway",
        "gateway_url": "https://claude.example.com",
        "providers": ["vertex"],
        "vertex_project": "my-project",
        "deployment": "kubernetes",
        "goal": "three instances, telemetry",
    },
    "claude-gateway-systemd": {
        "gateway": "claude-apps-gateway",
        "gateway_url": "https://claude.example.com",
        "deployment": "systemd",
    },
    "nginx-docker": {
        "gateway": "custom",
        "goal": "nginx",
        "gateway_url": "https://claude.example.com",
        "deployment": "docker",
    },
    "envoy-kubernetes": {
        "gateway": "custom",
        "goal": "envoy",
        "gateway_url": "https://claude.example.com",
        "deployment": "kubernetes",
    },
    "token-helper": {
        "gateway": "custom",
        "gateway_url": "https://llm.example.com",
        "auth": "helper",
        "token_env": "COMPANY_KEY",
    },
    "managed-fleet": {
        "gateway": "custom",
        "gateway_url": "https://llm.example.com",
        "scope": "managed",
        "auth": "helper",
        "token_env": "COMPANY_KEY",
        "models": ["claude-opus-5-5", "claude-haiku-5-5"],
    },
    "nginx-anthropic": {"gateway": "custom", "goal": "nginx", "gateway_url": "https://claude.example.com"},
    "nginx-bedrock": {
        "gateway": "custom",
        "goal": "nginx",
        "gateway_url": "https://claude.example.com",
        "providers": ["bedrock"],
    },
    "envoy-anthropic": {"gateway": "custom", "goal": "envoy", "gateway_url": "https://claude.example.com"},
    "zuplo-anthropic": {"gateway": "zuplo"},
    "truefoundry": {
        "gateway": "truefoundry",
        "gateway_url": "https://llm.example.com/api/llm",
        "providers": ["anthropic", "bedrock"],
        "goal": "120 requests per user per minute, $300 per user per month",
    },
    "litellm-routing": {
        "gateway": "litellm",
        "providers": ["vertex"],
        "routing": "latency-based",
        "vertex_region": "us-central1, europe-west4",
        "models": ["gemini-2.5-flash", "gemini-2.5-pro"],
        "fallbacks": ["gemini-3.8-flash"],
    },
    "litellm-behind-proxy": {
        "gateway": "litellm",
        "providers": ["vertex"],
        "proxy_url": "http://${PROXY_LOGIN}@proxy.example.com:3128",
        "no_proxy": ".example.com",
        "ca_bundle": "/etc/ssl/certs/company.pem",
    },
    **{f"litellm-{model}": {"gateway": "litellm", "models": [model]} for model in EIGHT if model != "llama-3.1-405b"},
    # It cannot call tools, so another model drives the agent.
    "litellm-llama-3.1-405b": {"gateway": "litellm", "models": ["llama-3.1-405b", "gemini-3.8-flash"]},
    "proxy-only": {"gateway": "proxy-only", "proxy_url": "http://proxy.example.com:3128", "no_proxy": ".example.com"},
    "proxy-only-with-login": {
        "gateway": "proxy-only",
        "proxy_url": "http://${PROXY_LOGIN}@proxy.example.com:3128",
        "ca_bundle": "/etc/ssl/certs/company.pem",
    },
    "direct-anthropic": {"gateway": "direct"},
    "direct-bedrock": {"gateway": "direct", "providers": ["bedrock"], "aws_region": "eu-west-1"},
    "direct-vertex": {"gateway": "direct", "providers": ["vertex"], "vertex_project": "my-project"},
    "bedrock-through-gateway": {
        "gateway": "pass-through",
        "providers": ["bedrock"],
        "gateway_url": "https://llm.example.com/bedrock",
    },
    "vertex-through-gateway": {
        "gateway": "pass-through",
        "providers": ["vertex"],
        "vertex_project": "my-project",
        "gateway_url": "https://llm.example.com/vertex_ai/v1",
    },
    **{entry.ID: _hosted(entry.entry) for entry in hosted.set_ups()},
}


def contents() -> dict[Path, str]:
    """Path below ``templates/`` → text, for every scenario."""
    found: dict[Path, str] = {}
    rows = []
    for folder, arguments in SCENARIOS.items():
        # The catalogue's own day, so that a template changes when a fact does and not with the calendar.
        answer = generate(parse_request(arguments), checked_on())
        found |= {Path(folder) / name: text for name, text in named(answer).items()}
        said = answer.quick_answer.removeprefix("Written, not yet proven: ").partition(". ")[0]
        rows.append(f"| [{folder}]({folder}/) | {said} | `{_command(arguments)}` |")
    found[Path("README.md")] = _INDEX + "\n".join(rows) + "\n"
    return found


def _command(arguments: dict[str, Any]) -> str:
    """The command that makes the same files."""
    parts = ["llm-gateway", "generate", *([arguments["goal"]] if "goal" in arguments else [])]
    for name, value in arguments.items():
        if name != "goal":
            parts += [f"--{name.replace('_', '-')}", ",".join(value) if isinstance(value, list) else value]
    return shlex.join(parts)


_INDEX = """# Templates

Ready files for common set-ups, made by the generator; a test compares them byte for byte. They hold no credential.
Generate your own with the command beside each: names, regions and addresses are then yours.

| template | what it is | command |
| --- | --- | --- |
"""


def named(answer: Answer) -> dict[str, str]:
    """File name → text; commands become a ``.sh`` named after what they do."""
    return {_file_name(file): file.content for file in answer.config}


def _file_name(file: ConfigFile) -> str:
    """``shell: start the gateway`` → ``start-gateway.sh``; words for people become a file name."""
    if file.language not in ("shell", "text"):
        return place_below(file.path)
    words = file.path.rpartition(": ")[2].lower().replace("'s", "").removeprefix("for ")
    name = "-".join(word for word in words.split() if word not in ("the", "on", "this"))
    return f"{name}.{'sh' if file.language == 'shell' else 'txt'}" if "." not in name else place_below(file.path)


def drift() -> list[str]:
    """Files that are missing, stale or not generated at all."""
    wanted = contents()
    there = {p.relative_to(TEMPLATES) for p in TEMPLATES.rglob("*") if p.is_file()}
    lines = [f"{p}: not generated by any scenario" for p in sorted(there - wanted.keys())]
    lines += [
        f"{p}: {'differs from the generator' if p in there else 'missing'}"
        for p, text in wanted.items()
        if p not in there or (TEMPLATES / p).read_bytes() != text.encode()
    ]
    return lines


def main(arguments: list[str] | None = None) -> int:
    """Writes or checks; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0] if __doc__ else None)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 when something differs")
    if parser.parse_args(arguments).check:
        lines = drift()
        print("\n".join(lines) or "templates are what the generator makes")
        return 1 if lines else 0
    for path, text in contents().items():
        target = TEMPLATES / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text.encode())
    return 0


if __name__ == "__main__":
    sys.exit(main())
