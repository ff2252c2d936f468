"""Writes ``docs/environment.md`` and ``docs/proxies.md`` from the catalogue and the generated set-ups.

python maintenance/reference_pages.py [--check]

With ``--check`` it writes nothing and exits with 1 when a page has drifted, or a variable has no words.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from mcp_server.answer import Answer, ConfigFile
from mcp_server.catalogue.load import read_yaml
from mcp_server.catalogue.models import checked_on
from mcp_server.generate.build import generate
from mcp_server.generate.spec import parse_request

ROOT = Path(__file__).parents[1]
#: Layers that lie between Claude Code and a gateway that answers, in the order in which a request meets them.
LAYERS = ("name", "proxy", "tcp", "tls", "route")
_QUESTIONS = {
    "name": "does the name resolve?",
    "proxy": "does the proxy let it through?",
    "tcp": "does anything accept the connection?",
    "tls": "is the certificate trusted?",
    "route": "does the API answer under this address?",
}
#: A cause that no pasted text tells of: the check that finds it knows the change.
_UNTOLD = {"fix": "The finding of `check-proxy` names the change."}
_EXPORT = re.compile(r"(?m)(?:^|[;&] *)export ([A-Z_a-z]\w*)=")
_ASKED = re.compile(r'\$\{([A-Z_a-z]\w*):\?|export \w+="\$([A-Z]\w+)"|test -n "\$([A-Z]\w*)"')
_REFERENCE = re.compile(r"\$\{([A-Z]\w*)(?::[?-][^}]*)?\}|os\.environ/(\w+)")


def scenarios() -> Mapping[str, dict[str, Any]]:
    """The scenarios of the templates."""
    spec = importlib.util.spec_from_file_location("templates", Path(__file__).with_name("templates.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    found: Mapping[str, dict[str, Any]] = module.SCENARIOS
    return found


def used() -> dict[str, dict[str, set[str]]]:
    """Side (``client``: Claude Code reads it; ``gateway``; ``person``: named by commands only) → variable → set-ups."""
    found: dict[str, dict[str, set[str]]] = {side: defaultdict(set) for side in ("client", "gateway", "person")}
    for folder, arguments in scenarios().items():
        for side, name in _variables(generate(parse_request(arguments), checked_on())):
            found[side][name].add(folder)
    own = {*found["client"], *found["gateway"]}
    found["person"] = {n: folders for n, folders in found["person"].items() if n not in own}
    return found


def _variables(answer: Answer) -> Iterator[tuple[str, str]]:
    for file in answer.config:
        if file.path.endswith(".json") and "settings" in file.path:
            data = json.loads(file.content)
            yield from (("client", name) for name in data.get("env", {}))
            yield from (("person", name) for name in re.findall(r"printenv (\w+)", data.get("apiKeyHelper", "")))
        elif file.language == "shell" and "managed settings" not in file.path:
            yield from _of_shell(file)
        elif file.language == "env":
            yield from (("gateway", name) for name in re.findall(r"(?m)^#?([A-Z_a-z]\w*)=", file.content))
        elif file.path == "compose.yaml":
            for service in yaml.safe_load(file.content)["services"].values():
                yield from (("gateway", name) for name in service.get("environment", {}))
                yield from (("gateway", n) for n in re.findall(r"\$\{([A-Z]\w*)", service.get("user", "")))
        elif file.language == "yaml" and not file.path.startswith("prometheus"):
            body = re.sub(r"(?m)^#.*\n", "", file.content)
            yield from (("gateway", a or b) for a, b in _REFERENCE.findall(body))


def _of_shell(file: ConfigFile) -> Iterator[tuple[str, str]]:
    client = "Claude Code" in file.path
    yield from (("client" if client else "gateway", name) for name in _EXPORT.findall(file.content))
    for name in ("".join(found) for found in _ASKED.findall(file.content)):
        if not client or not name.startswith(("ANTHROPIC_", "CLAUDE_CODE_")):
            yield ("person" if client else "gateway"), name


def environment_page() -> str:
    """Every variable of the generated set-ups, who reads it and what it is.

    Raises:
        ValueError: a variable has no words, or words have no variable.
    """
    words, found = read_yaml("variables.yaml"), used()
    switches = read_yaml("claude_code.yaml")["variables"]
    issued = {g["key"]["name"]: f"your key of {g['title']}" for g in read_yaml("gateways.yaml")["gateways"]}
    issued |= {"ZUPLO_API_KEY": "your key of Zuplo", "TFY_API_KEY": "your key of TrueFoundry"}
    told = {
        "client": {**words["client"], **switches},
        "gateway": words["gateway"],
        "person": {**issued, **words["person"]},
    }
    wrong = [f"{side} {name}: no words" for side in found for name in sorted(found[side].keys() - told[side].keys())]
    wrong += [f"{side} {n}: used nowhere" for side in found for n in sorted(words[side].keys() - found[side].keys())]
    if wrong:
        raise ValueError("mcp_server/catalogue/variables.yaml: " + "; ".join(wrong))
    titles = {
        "client": "Read by Claude Code",
        "gateway": "Read by the gateway, or by the commands that start it",
        "person": "Named by people's commands only: where their key comes from",
    }
    parts = [_ENVIRONMENT]
    for side, title in titles.items():
        rows = [
            f"| `{name}` | {told[side][name]} | {_where(found[side][name])} |"
            for name in sorted(found[side], key=str.lower)
        ]
        parts.append(
            "\n".join([f"## {title}", "", "| variable | what it is | in templates |", "| --- | --- | --- |", *rows])
        )
    return "\n\n".join(parts) + "\n"


def _where(folders: set[str]) -> str:
    first = sorted(folders)[:2]
    more = f" and {len(folders) - len(first)} more" if len(folders) > len(first) else ""
    return ", ".join(f"`{name}`" for name in first) + more


_ENVIRONMENT = """# Environment variables

Every variable that the generated set-ups set, read or ask for, found in the templates. Made by
`maintenance/reference_pages.py`; the words stand in `mcp_server/catalogue/variables.yaml`.

* In `settings.json` they stand under `env`, as texts, and win over the shell. `llm-gateway explain` shows which value
  counts on a machine and where it comes from.
* A value that is a credential is never written into a file: it is exported, or printed by `apiKeyHelper`.
* An empty text switches a variable off that may be left over in a shell."""


def proxies_page() -> str:
    """The way of a request as a flowchart, whose branches are the findings of ``check-proxy`` and ``test-model``."""
    causes = {layer: [c for c in read_yaml("causes.yaml")["causes"] if c["layer"] == layer] for layer in LAYERS}
    chart = ["```mermaid", "flowchart TD", f'  start["llm-gateway check-proxy"] --> {LAYERS[0]}']
    for layer, after in zip(LAYERS, (*LAYERS[1:], "done"), strict=True):
        chart.append(f'  {layer}{{"{layer}: {_QUESTIONS[layer]}"}}')
        chart.append(f"  {layer} -- yes --> {after}")
        chart.append(f'  {layer} -- no --> {layer}_findings["{"<br/>".join(c["id"] for c in causes[layer])}"]')
    chart += ['  done["llm-gateway test-model: key, model, stream, tools"]', "```"]
    rows = ["| layer | finding | what it means | what to do |", "| --- | --- | --- | --- |"]
    cures = read_yaml("cures.yaml")["cures"]
    for layer in LAYERS:
        rows += [
            f"| {layer} | `{c['id']}` | {_cell(c['definition'])} | {_cell(cures.get(c['id'], _UNTOLD)['fix'])} |"
            for c in causes[layer]
        ]
    return _PROXIES.format(chart="\n".join(chart), rows="\n".join(rows))


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("{", "`{").replace("}", "}`")


_PROXIES = """# Behind a corporate proxy: which step fails, and what to do

Made by `maintenance/reference_pages.py` from the findings of the catalogue. Ask the machine first; it names the layer:

```sh
llm-gateway check-proxy
```

## The way of a request

Each question is one layer, in the order in which a request meets them. "No" leads to the findings that tell why.

{chart}

## The findings

{rows}

## Set-ups

* Only a proxy: `templates/proxy-only`; with a login: `templates/proxy-only-with-login`; proxy and gateway:
  `templates/litellm-behind-proxy`. `llm-gateway generate --proxy-url … --ca-bundle …` makes your own.
* A login is never written into a file: `proxy_url` as `http://${{NAME}}@host:port`, with `user:password`,
  percent-encoded, in the variable. Claude Code speaks Basic only; for NTLM or Kerberos run a relay (px) on 127.0.0.1.
* TLS inspection: the company's root certificate for Claude Code is `NODE_EXTRA_CA_CERTS`; each other program has a
  variable of its own, which `check-proxy` lists. Verification is never switched off.
"""

PAGES = {"docs/environment.md": environment_page, "docs/proxies.md": proxies_page}


def main(arguments: list[str] | None = None) -> int:
    """Writes or checks; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 when a page has drifted")
    check, drifted = parser.parse_args(arguments).check, False
    for name, make in PAGES.items():
        path, text = ROOT / name, make()
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        drifted = True
        if check:
            print(f"{name} has drifted; run: python maintenance/reference_pages.py")
        else:
            path.write_text(text, encoding="utf-8")
    return 1 if check and drifted else 0


if __name__ == "__main__":
    sys.exit(main())
