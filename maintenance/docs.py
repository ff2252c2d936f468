"""Regenerates the generated parts of README and docs from the code; ``--check`` fails when one has drifted.

Parts of a page stand between ``<!-- generated: NAME … -->`` and ``<!-- end: NAME -->``.
"""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Callable
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
    }
    rows = ["| MCP tool | command | what it does |", "| --- | --- | --- |"]
    for tool in asyncio.run(build_server().list_tools()):
        first = (tool.description or "").partition("\n")[0]
        rows.append(f"| `{tool.name}` | `llm-gateway {commands[tool.name]}` | {first} |")
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


PARTS: dict[str, Callable[[], str]] = {"tools": tools_table, "models": models_table}
PAGES: dict[str, Callable[[], str]] = {"docs/rules.md": rules_page}


def with_parts(text: str) -> str:
    """``text`` with every marked part regenerated."""
    for name, make in PARTS.items():
        pattern = re.compile(rf"(<!-- generated: {name} [^>]*-->\n).*?(<!-- end: {name} -->)", re.DOTALL)
        if pattern.search(text):
            made = make()
            text = pattern.sub(lambda m, made=made: f"{m[1]}{made}\n{m[2]}", text)
    return text


def main() -> int:
    check = "--check" in sys.argv[1:]
    wanted = {ROOT / name: make() for name, make in PAGES.items()}
    readme = ROOT / "README.md"
    wanted[readme] = with_parts(readme.read_text(encoding="utf-8"))
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
