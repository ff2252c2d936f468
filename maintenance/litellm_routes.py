"""Measures what the pinned LiteLLM makes of Claude Code's request at each provider, and writes the data file.

    .venv/bin/python maintenance/litellm_routes.py [--check]

The real program (in-process, as the tests ask it) gets a request with tools and thinking for a model it has never heard
of, without drop_params. Only what goes wrong is written: ``refuses`` are the parameters that LiteLLM answers 400 to (or
drops with drop_params), ``no-chat`` are providers without an endpoint for chat. Takes some minutes.
"""

from __future__ import annotations

import json
import re
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
OUTPUT = ROOT / "mcp_server" / "catalogue" / "litellm_routes.json"
ENVIRONMENT = {"LITELLM_MASTER_KEY": "sk-value-for-tests"}
REFUSED = re.compile(r"UnsupportedParamsError: \S+ does(?: not|n't) support (?:parameters: \[([^\]]*)\]|`([\w.]+)`)")


def main() -> int:
    new = json.dumps(measured(), indent=1, sort_keys=True) + "\n"
    if "--check" not in sys.argv[1:]:
        OUTPUT.write_text(new, encoding="utf-8")
        return 0
    if OUTPUT.read_text(encoding="utf-8") == new:
        print(f"{OUTPUT.name} agrees with the installed LiteLLM")
        return 0
    print(f"{OUTPUT.name} has drifted: run this script without --check and review the difference")
    return 1


def measured() -> dict[str, Any]:
    refuses: dict[str, list[str]] = {}
    no_chat: list[str] = []
    providers = sorted(schema().providers)
    for provider, verdict in zip(providers, verdicts(providers), strict=True):
        said = verdict["calls"][0]["error"] if verdict["calls"] else ""
        if found := REFUSED.search(said):
            refuses[provider] = sorted(re.findall(r"[\w.]+", found[1] or found[2]))
        elif "Unmapped LLM provider" in said:
            no_chat.append(provider)
    source = "maintenance/litellm_routes.py"
    return {"litellm": versions()["litellm"], "source": source, "refuses": refuses, "no-chat": no_chat}


def verdicts(providers: list[str]) -> list[dict[str, Any]]:
    """What the real program did with a file for each provider."""
    with tempfile.TemporaryDirectory() as folder:
        jobs = []
        for provider in providers:
            path = Path(folder) / f"{provider}.yaml"
            params = {"model": f"{provider}/some-model", "api_key": "sk-none", "api_base": "http://provider.example"}
            path.write_text(json.dumps({"model_list": [{"model_name": "m", "litellm_params": params}]}), "utf-8")
            jobs.append({"path": str(path), "environment": ENVIRONMENT, "models": ["m"], "down": False})
        done = subprocess.run(
            [str(litellm_python()), "-W", "ignore", str(JUDGE)],
            input="\n".join(map(json.dumps, jobs)),
            capture_output=True,
            text=True,
            check=True,
        )
    return [json.loads(line) for line in done.stdout.splitlines()]


if __name__ == "__main__":
    raise SystemExit(main())
