"""Measures what the pinned LiteLLM makes of Claude Code's request at each provider, and writes the data file.

    .venv/bin/python maintenance/litellm_routes.py [--check]

The real program (in-process, as the tests ask it) gets a request with tools and thinking for a model it has never heard
of, without drop_params. Only what goes wrong is written: ``refuses`` are the parameters that LiteLLM answers 400 to (or
drops with drop_params), ``no-chat`` are providers without an endpoint for chat.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "maintenance")]

from litellm_reactions import Judge, deployment  # noqa: E402

from mcp_server.run.programs import versions  # noqa: E402
from mcp_server.validate.litellm_schema import schema  # noqa: E402

OUTPUT = ROOT / "mcp_server" / "catalogue" / "litellm_routes.json"
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


def measured() -> dict[str, object]:
    refuses: dict[str, list[str]] = {}
    no_chat: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        judge = Judge(folder)
        for provider in sorted(schema().providers):
            entry = deployment("m")
            entry["litellm_params"]["model"] = f"{provider}/some-model"
            verdict = judge.ask({"model_list": [entry]}, ["m"])
            said = verdict["calls"][0]["error"] if verdict["calls"] else ""
            if found := REFUSED.search(said):
                refuses[provider] = sorted(re.findall(r"[\w.]+", found[1] or found[2]))
            elif "Unmapped LLM provider" in said:
                no_chat.append(provider)
    return {
        "litellm": versions()["litellm"],
        "source": "maintenance/litellm_routes.py",
        "refuses": refuses,
        "no-chat": no_chat,
    }


if __name__ == "__main__":
    raise SystemExit(main())
