"""Measures what the pinned LiteLLM does with values of every kind at every setting, and writes the data file.

    .venv/bin/python maintenance/litellm_reactions.py [--output FILE] [SECTION ...]

The real program (in-process, as the tests ask it) loads a file with the setting and answers a plain and a streamed
request. Several settings share a file; one that behaves otherwise than without them is halved until the culprit is
found. Takes up to an hour; sections that are not named keep what the data file says. Only what goes wrong is written:

* ``refuses``: LiteLLM does not start. ``drops``: it starts without the deployment. ``fails``: every call is answered
  with an error. ``breaks-streaming``: plain calls work, streamed ones do not.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from mcp_server.run.programs import litellm_python, versions  # noqa: E402
from mcp_server.validate.litellm_schema import schema  # noqa: E402

JUDGE = ROOT / "tests" / "validate" / "litellm_judge.py"
OUTPUT = ROOT / "mcp_server" / "catalogue" / "litellm_reactions.json"
#: One value of each kind, in JSON; a date has no JSON form and is written as YAML reads one.
DATE = "2026-01-02"
VALUES: dict[str, Any] = {
    "null": None,
    "empty": "",
    "word": "word",
    "digits": "7",
    "integer": 7,
    "zero": 0,
    "negative": -1,
    "fraction": 0.5,
    "true": True,
    "false": False,
    "date": DATE,
    "no-list": [],
    "list": ["word"],
    "list-of-mappings": [{"a": "b"}],
    "no-mapping": {},
    "mapping": {"a": "b"},
}
SETTINGS = ("top", "general_settings", "litellm_settings", "router_settings")
ENTRIES = ("model_entry", "litellm_params", "model_info")
#: Refusals that a package, a licence, a server or a file of the reader's own would prevent.
OUTSIDE = re.compile(r"No module named|Missing \w+_client|pip install|cannot import|Enterprise|not premium|Error 111")
ENVIRONMENT = {"LITELLM_MASTER_KEY": "sk-value-for-tests"}
TOGETHER = {"litellm_params": 8, "model_entry": 1}
#: Settings with rules of their own, of which a value decides more than its kind.
LEFT_OUT = {"master_key", "database_url", "model", "mock_response", "model_list", "include", "environment_variables"}


class Judge:
    """The real program, one question at a time."""

    def __init__(self, folder: str) -> None:
        self.path = Path(folder) / "config.yaml"
        command = [str(litellm_python()), "-W", "ignore", str(JUDGE)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, configuration: dict[str, Any], models: list[str]) -> dict[str, Any]:
        self.path.write_text(json.dumps(configuration), encoding="utf-8")
        job = {"path": str(self.path), "environment": ENVIRONMENT, "models": models, "down": False}
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(job) + "\n")
        self.process.stdin.flush()
        verdict: dict[str, Any] = json.loads(self.process.stdout.readline())
        return verdict


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=OUTPUT)
    parser.add_argument("sections", nargs="*", default=[*SETTINGS, *ENTRIES])
    arguments = parser.parse_args()
    known = json.loads(OUTPUT.read_text(encoding="utf-8"))["sections"] if OUTPUT.exists() else {}
    with tempfile.TemporaryDirectory() as folder:
        judge = Judge(folder)
        for section in arguments.sections:
            known[section] = measured(judge, section)
            data = {"litellm": versions()["litellm"], "source": "maintenance/litellm_reactions.py", "sections": known}
            arguments.output.write_text(json.dumps(data, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return 0


def measured(judge: Judge, section: str) -> dict[str, dict[str, list[str]]]:
    """Key to reaction to the kinds of values that meet it."""
    keys = sorted((schema().keys(section) or set()) - LEFT_OUT)
    if section == "litellm_params":
        keys = [k for k in keys if schema().key(section, k).types or k in schema().data["typed_params"]]  # type: ignore[union-attr]
    found: dict[str, dict[str, list[str]]] = {}
    for kind, value in VALUES.items():
        for start in range(0, len(keys), size := TOGETHER.get(section, 32)):
            for key, reaction in reactions(judge, section, keys[start : start + size], value):
                found.setdefault(key, {}).setdefault(reaction, []).append(kind)
        print(f"{section}: {kind} done", file=sys.stderr, flush=True)
    return found


def reactions(judge: Judge, section: str, keys: list[str], value: Any) -> Iterator[tuple[str, str]]:
    """The keys of a group that something goes wrong with."""
    build: Callable[[list[str], Any], dict[str, Any]] = {
        True: lambda keys, value: settings(section, keys, value),
        False: lambda keys, value: entries(section, keys, value),
    }[section in SETTINGS]
    models = ["m"] if section in SETTINGS else [f"m{n}" for n in range(len(keys))]
    verdict = judge.ask(build(keys, value), models)
    good = [call["status"] == 200 and not call["error"] for call in verdict["calls"]]
    if verdict["starts"] and not verdict["dropped"] and all(good):
        return
    if len(keys) > 1:
        half = len(keys) // 2
        yield from reactions(judge, section, keys[:half], value)
        yield from reactions(judge, section, keys[half:], value)
    elif verdict["starts"] is None or (not verdict["starts"] and OUTSIDE.search(verdict["message"])):
        return  # it waits for a server that does not answer here, or lacks what others may have
    elif not verdict["starts"]:
        yield keys[0], "refuses"
    elif verdict["dropped"]:
        yield keys[0], "drops"
    else:
        yield keys[0], "breaks-streaming" if good[0] else "fails"


def deployment(name: str) -> dict[str, Any]:
    params = {"model": "anthropic/claude-sonnet-4-6", "api_key": "sk-none", "api_base": "http://provider.example"}
    return {"model_name": name, "litellm_params": params}


def settings(section: str, keys: list[str], value: Any) -> dict[str, Any]:
    base: dict[str, Any] = {"model_list": [deployment("m")]}
    return {**base, **dict.fromkeys(keys, value)} if section == "top" else {**base, section: dict.fromkeys(keys, value)}


def entries(section: str, keys: list[str], value: Any) -> dict[str, Any]:
    """One deployment for each key."""
    found = []
    for number, key in enumerate(keys):
        entry = deployment(f"m{number}")
        place = entry if section == "model_entry" else entry.setdefault(section, {})
        place[key] = value
        found.append(entry)
    return {"model_list": found}


if __name__ == "__main__":
    raise SystemExit(main())
