"""What the real Claude Code says to each fault of the laboratory, beside what test_model says.

python -m maintenance.fault_table             run both on every front fault; write the data and docs/faults.md
python -m maintenance.fault_table ID …        only these
python -m maintenance.fault_table --check     run all again and compare (seconds are not compared)
python -m maintenance.fault_table --page      only write the page from the data
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from mcp_server.catalogue.load import causes
from mcp_server.errors import GatewayError
from mcp_server.lab.anthropic import AnthropicEmulator
from mcp_server.lab.faults import FAULTS, Fault, serve
from mcp_server.operations import test_model
from mcp_server.redact import quote
from mcp_server.run.claude import ask
from mcp_server.run.programs import claude_code
from mcp_server.snapshot import Snapshot

ROOT = Path(__file__).parent.parent
VERSION = "2.1.330"
DATA = ROOT / "mcp_server" / "lab" / "data" / "fault_table.json"
PAGE = ROOT / "docs" / "faults.md"
#: The client waits much longer by itself; after this time nothing on its screen helps a person.
PATIENCE = 25.0
MODEL = "claude-opus-5-5"
KEY = "laboratory-token"
_WORDS = "heliotrope 東京"
_SIDE_BY_SIDE = 2


async def both(fault: Fault) -> dict[str, Any]:
    """One fault seen by Claude Code and by ``test_model``, each on a laboratory of its own."""
    client = await asyncio.to_thread(_client, fault)
    ours = await asyncio.to_thread(_ours, fault)
    return {"client": client, "ours": ours}


def _client(fault: Fault) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder, serve(AnthropicEmulator(credential=KEY), [fault.id]) as served:
        project = Path(folder, "project")
        project.mkdir()
        note = project / "note 東.txt"
        note.write_text(f"the words are {_WORDS}\n", encoding="utf-8")
        call = json.dumps({"file_path": str(note)})
        order = f'Call the tool "Read" once, with exactly this JSON as its input: {call}'
        environment = {**_environment(served.base_url), **served.environment}
        began = time.monotonic()
        try:
            reply = asyncio.run(
                ask(
                    claude_code(VERSION),
                    order,
                    home=Path(folder, "home"),
                    project=project,
                    environment=environment,
                    seconds=PATIENCE,
                )
            )
            works, said = not reply.is_error and _WORDS in reply.text, reply.text
        except GatewayError as error:
            # Nothing on the screen yet: that is what a person sees.
            works, said = False, "" if "gave no answer" in error.problem else error.problem
        seconds = time.monotonic() - began
        return {"works": works, "says": _cleaned(said, folder), "seconds": round(seconds, 1)}


def _ours(fault: Fault) -> dict[str, Any]:
    with serve(AnthropicEmulator(credential=KEY), [fault.id]) as served:
        shell = {**_environment(served.base_url), **served.environment}
        began = time.monotonic()
        answer = asyncio.run(test_model.run(snapshot=Snapshot(shell=shell, client_version=VERSION)))
        seconds = time.monotonic() - began
    first = answer.findings[0]
    return {
        "verdict": answer.verdict,
        "id": first.id,
        "layer": causes()[first.id].layer,
        "problem": _cleaned(first.problem),
        "fix": _cleaned(first.fix, most=300),
        "seconds": round(seconds, 1),
    }


def _environment(url: str) -> dict[str, str]:
    return {"ANTHROPIC_BASE_URL": url, "ANTHROPIC_AUTH_TOKEN": KEY, "ANTHROPIC_MODEL": MODEL}


def _cleaned(text: str, folder: str = "", most: int = 200) -> str:
    """Without what differs from run to run."""
    text = text.replace(folder, "…") if folder else text
    text = re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:PORT", text)
    text = re.sub(r"\bport \d+", "port PORT", text)
    text = re.sub(r"\b(?:req|msg|toolu)_[\w-]+", "ID", text)
    text = re.sub(r"\b(?:\d+(?:\.\d+)? ?(?:ms|s)\b|\d+-bytes?|\d+ bytes?)", "N", text)
    text = re.sub(r'(?:asked for the words|got|answer does not hold[^(]*\() ?[\'"].*', "…", text)
    return quote(text, most)


async def measure(faults: list[Fault]) -> dict[str, Any]:
    """Every fault's row; a few at a time, since each starts a client."""
    await asyncio.to_thread(claude_code, VERSION)
    gate = asyncio.Semaphore(_SIDE_BY_SIDE)

    async def one(fault: Fault) -> tuple[str, dict[str, Any]]:
        async with gate:
            row = await both(fault)
        print(f"{fault.id}: {'works' if row['client']['works'] else row['client']['says'][:90] or '-'}", flush=True)
        return fault.id, row

    return dict(await asyncio.gather(*(one(fault) for fault in faults)))


def page(rows: dict[str, Any]) -> str:
    """docs/faults.md."""
    lines = [
        "# What Claude Code says, and what llm-gateway says",
        "",
        f"<!-- Generated by maintenance/fault_table.py from runs of Claude Code {VERSION}; change nothing here. -->",
        "",
        f"Each fault of the laboratory (`llm-gateway lab up --fault ID`) as Claude Code {VERSION} reports it "
        f"(`claude -p`, retries off, given up after {PATIENCE:.0f} s) and as `llm-gateway test-model` does. With its "
        "usual retries the client takes minutes longer.",
        "",
        _summary(rows),
        "",
        "| fault | what is broken | Claude Code says | s | `test-model` says | layer · id | s |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for id_, fault in FAULTS.items():
        if id_ in rows:
            client, ours = rows[id_]["client"], rows[id_]["ours"]
            says = "*works*" if client["works"] else _cell(client["says"]) or "*nothing*"
            told = f"{_cell(ours['problem'])} **→ {_cell(ours['fix'])}**"
            at = f"{ours['layer']} · `{ours['id']}`"
            cells = (f"`{id_}`", fault.title, says, client["seconds"], told, at, ours["seconds"])
            lines.append(f"| {' | '.join(str(cell) for cell in cells)} |")
    return "\n".join([*lines, ""])


def _summary(rows: dict[str, Any]) -> str:
    different = len({row["client"]["says"] for row in rows.values() if not row["client"]["works"]})
    broken = [row for row in rows.values() if not row["client"]["works"]]
    model = sum("selected model" in row["client"]["says"] for row in broken)
    silent = sum(not row["client"]["says"] for row in broken)
    slowest = max((row["ours"]["seconds"] for row in rows.values()), default=0)
    return (
        f"Of {len(rows)} faults the client works in spite of {len(rows) - len(broken)}. For the other {len(broken)} it "
        f"has {different} different texts; {model} times it blames the selected model, {silent} times it says nothing "
        f"within {PATIENCE:.0f} s. `test-model` names a layer and a change for each, the slowest after {slowest:.1f} s."
    )


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")


def _load() -> dict[str, Any]:
    rows: dict[str, Any] = json.loads(DATA.read_text(encoding="utf-8"))["faults"] if DATA.exists() else {}
    return rows


def _save(rows: dict[str, Any]) -> None:
    kept = {id_: rows[id_] for id_, fault in FAULTS.items() if id_ in rows and fault.place == "front"}
    text = json.dumps({"claude_code": VERSION, "faults": kept}, indent=1, ensure_ascii=False)
    DATA.write_text(f"{text}\n", encoding="utf-8")
    PAGE.write_text(page(kept), encoding="utf-8")


def differences(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """What changed, seconds aside."""
    found = [f"{id_}: not measured yet" for id_ in new if id_ not in old]
    for id_ in new.keys() & old.keys():
        for who, keys in (("client", ("works", "says")), ("ours", ("verdict", "id", "layer", "problem", "fix"))):
            for key in keys:
                was, is_now = old[id_][who][key], new[id_][who][key]
                if was != is_now and not (who == "client" and key == "says" and new[id_][who]["works"]):
                    found.append(f"{id_}: {who} {key} was {was!r}, is {is_now!r}")
    return found


def main() -> int:
    arguments = sys.argv[1:]
    if arguments == ["--page"]:
        _save(_load())
        return 0
    ids = [a for a in arguments if not a.startswith("--")]
    front = [fault for fault in FAULTS.values() if fault.place == "front" and (not ids or fault.id in ids)]
    new = asyncio.run(measure(front))
    if "--check" not in arguments:
        _save({**_load(), **new})
        return 0
    changed = differences(_load(), new)
    if not PAGE.exists() or PAGE.read_text(encoding="utf-8") != page(_load()):
        changed.append("docs/faults.md does not fit the data; run: python -m maintenance.fault_table --page")
    print("\n".join(changed))
    return 1 if changed else 0


if __name__ == "__main__":
    sys.exit(main())
