"""Regenerates the generated parts of README and docs from the code; ``--check`` fails when one has drifted.

Parts of a page stand between ``<!-- generated: NAME … -->`` and ``<!-- end: NAME -->``. In ``docs/validate.md`` the
output below every command is what the command really prints: see ``with_outputs``.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import redirect_stdout, suppress
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))


def tools_table() -> str:
    """One row a tool: name, command, first sentence of its description, whether it may cost money."""
    from mcp_server.server import build_server

    commands = {
        "generate_config": "generate",
        "validate_config": "validate",
        "check_proxy": "check-proxy",
        "test_model": "test-model",
        "diagnose_auth": "diagnose",
        "apply_config": "apply",
    }
    rows = ["| MCP tool | command | what it does |", "| --- | --- | --- |"]
    for tool in asyncio.run(build_server().list_tools()):
        first = (tool.description or "").partition("\n")[0]
        rows.append(f"| `{tool.name}` | `llm-gateway {commands[tool.name]}` | {first} |")
    return "\n".join(rows)


def commands_table() -> str:
    """One row a command of the shell, with its one line of help."""
    from mcp_server.cli import _parser

    verbs = next(a for a in _parser()._actions if isinstance(a, argparse._SubParsersAction))
    rows = ["| command | what it does |", "| --- | --- |"]
    rows += [f"| `llm-gateway {action.dest}` | {action.help} |" for action in verbs._choices_actions]
    return "\n".join(rows)


def models_table() -> str:
    """One row a model of the eight: today's state, limits, tools, successors."""
    from mcp_server.catalogue.models import EIGHT, models

    rows = [
        "| model | state | context / output tokens | USD per million in / out | calls tools | living successors |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for model in (models()[id_] for id_ in EIGHT):
        day = f" {model.retired_on}" if model.retired_on and model.state != "living" else ""
        rows.append(
            f"| `{model.id}` | {model.state}{day} | {model.context_window:,} / {model.max_output:,} "
            f"| {model.price_in:.2f} / {model.price_out:.2f} | {'yes' if model.tool_use else 'no'} "
            f"| {', '.join(f'`{s}`' for s in model.successors) or '-'} |"
        )
    return "\n".join(rows)


def rules_page() -> str:
    """The manual of every lint rule, from the rules' docstrings."""
    from mcp_server.validate.manual import rules_markdown

    return rules_markdown()


def kinds_table() -> str:
    """One row a kind of file: id, what it is, whether comments can silence findings, the name a hook looks for."""
    from mcp_server.validate.kinds import KINDS
    from mcp_server.validate.kinds.recognition import FILES

    rows = ["| kind | what | language | name that tells |", "| --- | --- | --- | --- |"]
    for kind in sorted(KINDS, key=lambda kind: kind.ID):
        name = f"`{FILES[kind.ID]}`".replace("|", "\\|") if kind.ID in FILES else "-"
        rows.append(f"| `{kind.ID}` | {kind.TITLE} | {kind.LANGUAGE} | {name} |")
    return "\n".join(rows)


def validate_help() -> str:
    """What ``llm-gateway validate --help`` prints."""
    from mcp_server.cli import main as command

    os.environ["COLUMNS"] = "100"
    printed = io.StringIO()
    with redirect_stdout(printed), suppress(SystemExit):
        command(["validate", "--help"])
    return f"```text\n{printed.getvalue().rstrip()}\n```"


def hooks_page() -> str:
    """``.pre-commit-hooks.yaml``: a hook for every kind whose files have a telling name, and one without a pattern."""
    import yaml

    from mcp_server.validate.kinds import KINDS
    from mcp_server.validate.kinds.recognition import FILES

    def hook(id_: str, title: str, description: str, entry: str, files: str) -> dict[str, object]:
        call = {"entry": entry, "args": ["--environment", "ignore"], "language": "python"}
        return {"id": id_, "name": title, "description": description, **call, "files": files}

    hooks = [
        hook(
            f"llm-gateway-{kind.ID}",
            f"check each {kind.TITLE}",
            "An override of files: says which names are checked.",
            f"llm-gateway validate --kind {kind.ID}",
            FILES[kind.ID],
        )
        for kind in sorted(KINDS, key=lambda kind: kind.ID)
        if kind.ID in FILES
    ]
    general = hook(
        "llm-gateway",
        "check gateway and client configurations",
        "Checks the files named by an override of files:, each as the kind that its content shows.",
        "llm-gateway validate",
        "^$",
    )
    head = "# Generated from mcp_server/validate/kinds/ by maintenance/docs.py; change it there.\n"
    text: str = yaml.safe_dump([general, *hooks], sort_keys=False, width=200, allow_unicode=True)
    return head + text


def litellm_editor_schema() -> str:
    """The JSON Schema for editors, from the data of the rules."""
    from mcp_server.validate.schemas.editor_schema import editor_schema

    return json.dumps(editor_schema(), indent=1, ensure_ascii=True) + "\n"


def checks_table() -> str:
    """One row a check of the gateway protocol: level, demand, source."""
    from mcp_server.catalogue.protocol import requirement
    from mcp_server.probe.checks import CHECKS

    rows = ["| check | level | demand | source |", "| --- | --- | --- | --- |"]
    for check in CHECKS:
        demand = requirement(check.id)
        extra = " (only with `--idle`)" if check.opt_in else ""
        rows.append(f"| `{check.id}` | {demand.level} | {demand.demand}{extra} | {demand.source} |")
    return "\n".join(rows)


def litellm_compatibility() -> str:
    """The measured score of each model behind the real LiteLLM, and why each check falls short."""
    from mcp_server.catalogue.load import read_yaml

    known = read_yaml("litellm_compatibility.yaml")
    every = len(known["scores"])
    lines = [
        f"LiteLLM {known['litellm']}, requests of Claude Code {known['client']}, measured {known['measured_on']} in "
        "the laboratory: the generated configuration on the Vertex emulator, and Claude passed through to the "
        "Anthropic emulator. An end-to-end test measures it again.",
        "",
        "| model | must | should | optional |",
        "| --- | --- | --- | --- |",
    ]
    for model, scores in known["scores"].items():
        told = " | ".join("{} of {}".format(*scores[level]) for level in ("must", "should", "optional"))
        lines.append(f"| `{model}` | {told} |")
    lines += ["", "| check | models | why | cure |", "| --- | --- | --- | --- |"]
    for entry in known["shortfalls"]:
        mark = "✗" if entry["outcome"] == "fail" else "!"
        models = "all" if len(entry["models"]) == every else ", ".join(f"`{name}`" for name in entry["models"])
        lines.append(f"| {mark} `{entry['check']}` | {models} | {entry['why']} | {entry['cure']} |")
    return "\n".join(lines)


PARTS: dict[str, Callable[[], str]] = {
    "checks": checks_table,
    "litellm-compatibility": litellm_compatibility,
    "tools": tools_table,
    "commands": commands_table,
    "models": models_table,
    "kinds": kinds_table,
    "validate-help": validate_help,
}
PAGES: dict[str, Callable[[], str]] = {
    "docs/rules.md": rules_page,
    ".pre-commit-hooks.yaml": hooks_page,
    "schemas/litellm-config.schema.json": litellm_editor_schema,
}
#: Pages with generated parts.
MIXED = ("README.md", "docs/validate.md", "docs/compatibility.md")


_FILE = re.compile(r"^```\w+ (?P<name>[\w./-]+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_CONSOLE = re.compile(r"^```console\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)


def with_outputs(text: str) -> str:
    """``text`` with every ``console`` block run anew: its ``$`` lines in a shell, in a folder that holds the files of
    the page (blocks whose fence names a file), without variables and colours."""
    with tempfile.TemporaryDirectory() as folder:
        for file in _FILE.finditer(text):
            path = Path(folder, file["name"])
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(file["text"], encoding="utf-8")

        def run(block: re.Match[str]) -> str:
            lines: list[str] = []
            for command in re.findall(r"^\$ (.*)$", block["body"], re.MULTILINE):
                lines += [f"$ {command}", *_output(command, folder)]
            return "\n".join(["```console", *lines, "```"])

        return _CONSOLE.sub(run, text)


def _output(command: str, folder: str) -> list[str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env={"PATH": path, "COLUMNS": "100", "NO_COLOR": "1", "HOME": folder, "PYTHONUTF8": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        text=True,
        encoding="utf-8",
    )
    return done.stdout.rstrip("\n").split("\n") if done.stdout else []


def with_parts(text: str) -> str:
    """``text`` with every marked part regenerated."""
    for name, make in PARTS.items():
        pattern = re.compile(rf"(<!-- generated: {name} [^>]*-->\n).*?(<!-- end: {name} -->)", re.DOTALL)
        if pattern.search(text):
            made = make()
            text = pattern.sub(lambda m, made=made: f"{m[1]}{made}\n{m[2]}", text)
    return text


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing, exit 1 when a page has drifted")
    check = parser.parse_args().check
    wanted = {ROOT / name: make() for name, make in PAGES.items()}
    for page in (ROOT / name for name in MIXED):
        wanted[page] = with_outputs(with_parts(page.read_text(encoding="utf-8")))
    drifted = [p for p, text in wanted.items() if not p.exists() or p.read_text(encoding="utf-8") != text]
    for page in drifted:
        if check:
            print(f"{page.relative_to(ROOT)} has drifted from the code; run: python maintenance/docs.py")
        else:
            page.parent.mkdir(parents=True, exist_ok=True)
            page.write_text(wanted[page], encoding="utf-8")
            print(f"wrote {page.relative_to(ROOT)}")
    return 1 if check and drifted else 0


if __name__ == "__main__":
    sys.exit(main())
