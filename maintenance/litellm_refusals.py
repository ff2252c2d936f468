"""Measures which types of a value make the pinned LiteLLM refuse to start, setting by setting; writes the data file.

    .venv/bin/python maintenance/litellm_refusals.py [SECTION ...]

Each setting is given a text, a list, a mapping, a number and a flag, and the real program (in-process, as the tests ask
it) loads the file. Several settings share a file; one that does not start is halved until the culprit is found. Takes
some minutes; sections that are not named keep what the data file says. A refusal that only a value of the setting's own
type meets is no matter of type: the rule that reads this looks at the type first.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from mcp_server.run.programs import litellm_python, versions  # noqa: E402
from mcp_server.validate.schemas.litellm_schema import schema  # noqa: E402

JUDGE = ROOT / "tests" / "validate" / "litellm_judge.py"
OUTPUT = ROOT / "mcp_server" / "catalogue" / "litellm_refusals.json"
SECTIONS = ("router_settings", "general_settings", "litellm_settings")
VALUES: dict[str, Any] = {"string": "zzz", "array": ["zzz"], "object": {"a": 1}, "number": 7, "boolean": True}
TOGETHER = 16
ENVIRONMENT = {"LITELLM_MASTER_KEY": "sk-value-for-tests"}


def main() -> int:
    sections = sys.argv[1:] or SECTIONS
    known = json.loads(OUTPUT.read_text(encoding="utf-8")) if OUTPUT.exists() else {"refused": {}}
    for section in sections:
        refused: dict[str, list[str]] = {}
        for kind, value in VALUES.items():
            for key in refusing(section, value):
                refused.setdefault(key, []).append(kind)
            print(f"{section}: {kind} done", flush=True)
        known["refused"][section] = refused
    data = {"litellm": versions()["litellm"], "source": "maintenance/litellm_refusals.py", "refused": known["refused"]}
    OUTPUT.write_text(json.dumps(data, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    print(f"wrote {OUTPUT.name}")
    return 0


def refusing(section: str, value: Any) -> list[str]:
    """The keys of a section with which LiteLLM does not start when they have this value."""
    keys = sorted(schema().keys(section) - {"master_key", "database_url"})  # judged by rules of their own
    groups = [keys[i : i + TOGETHER] for i in range(0, len(keys), TOGETHER)]
    found: list[str] = []
    while groups:
        verdicts = judged(section, value, groups)
        failing = [group for group, starts in zip(groups, verdicts, strict=True) if not starts]
        found += [group[0] for group in failing if len(group) == 1]
        halves = ((group[: len(group) // 2], group[len(group) // 2 :]) for group in failing if len(group) > 1)
        groups = [half for pair in halves for half in pair]
    return sorted(found)


def judged(section: str, value: Any, groups: list[list[str]]) -> list[bool]:
    """Whether LiteLLM starts with each group of keys."""
    with tempfile.TemporaryDirectory() as folder:
        jobs = []
        for number, group in enumerate(groups):
            path = Path(folder) / f"{number}.yaml"
            path.write_text(json.dumps(configuration(section, dict.fromkeys(group, value))), encoding="utf-8")
            jobs.append(json.dumps({"path": str(path), "environment": ENVIRONMENT}))
        done = subprocess.run(
            [str(litellm_python()), str(JUDGE)], input="\n".join(jobs), capture_output=True, text=True, check=True
        )
    verdicts = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(verdicts) == len(groups)
    # No verdict in time (None) is no refusal: some settings wait for a server that does not answer here.
    return [verdict["starts"] is not False for verdict in verdicts]


def configuration(section: str, settings: dict[str, Any]) -> dict[str, Any]:
    """A configuration that starts, with these settings in a section. JSON is YAML."""
    params = {"model": "anthropic/claude-sonnet-4-6", "api_key": "sk-none"}
    base: dict[str, Any] = {"model_list": [{"model_name": "m", "litellm_params": params}]}
    return {**base, section: settings}


if __name__ == "__main__":
    raise SystemExit(main())
