"""Takes the numbers of our models from the price map of an installed LiteLLM.

    python maintenance/litellm_prices.py [--python PYTHON_OF_THE_LITELLM_ENVIRONMENT] [--check]

Writes ``mcp_server/catalogue/litellm_models.json``. With ``--check`` it writes nothing, prints what has drifted and
exits with 1. LiteLLM is not imported: its data file beside the package is read.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import yaml

CATALOGUE = Path(__file__).parents[1] / "mcp_server" / "catalogue"
TARGET = CATALOGUE / "litellm_models.json"
FIELDS = (
    "max_input_tokens",
    "max_output_tokens",
    "input_cost_per_token",
    "output_cost_per_token",
    "supports_function_calling",
    "supports_tool_choice",
    "supports_vision",
    "supports_reasoning",
    "supported_regions",
    "deprecation_date",
)
# Runs under the other environment's Python; finds the package without importing it.
_LOCATE = (
    "import importlib.metadata as m, importlib.util as u, json; s = u.find_spec('litellm'); "
    "print(json.dumps([m.version('litellm'), list(s.submodule_search_locations)[0]] if s else []))"
)


def installed_map(python: str) -> tuple[str, dict[str, Any]]:
    """Version and price map of the LiteLLM that ``python`` would import."""
    found = json.loads(subprocess.run([python, "-c", _LOCATE], check=True, capture_output=True, text=True).stdout)
    if not found:
        raise SystemExit(f"{python} has no LiteLLM. Name another Python with --python.")
    version, package = found
    text = (Path(package) / "model_prices_and_context_window_backup.json").read_text(encoding="utf-8")
    return version, json.loads(text)


def numbers(price_map: dict[str, Any], litellm_models: list[str]) -> dict[str, dict[str, Any]]:
    """Per LiteLLM model string: the map's key and the fields we carry, looked up the way LiteLLM does it."""
    taken = {}
    for name in litellm_models:
        key = name if name in price_map else name.split("/", 1)[1]
        entry = price_map.get(key)
        # No entry: models.yaml must then give every number under corrections.
        taken[name] = {} if entry is None else {"map_key": key} | {f: entry[f] for f in FIELDS if f in entry}
    return taken


def differences(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """One line per number that differs, ``model: field: old → new``."""
    lines = []
    for name in sorted(old.keys() | new.keys()):
        before, after = old.get(name), new.get(name)
        if before is None or after is None:
            lines.append(f"{name}: {'not in the catalogue yet' if before is None else 'no longer in models.yaml'}")
            continue
        lines += [
            f"{name}: {f}: {before.get(f)} → {after.get(f)}"
            for f in sorted(before.keys() | after.keys())
            if before.get(f) != after.get(f)
        ]
    return lines


def main(arguments: list[str] | None = None) -> int:
    """Refreshes or checks; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0] if __doc__ else None)
    parser.add_argument("--python", help="python of the environment that holds LiteLLM (default: the product's own)")
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 when something drifted")
    options = parser.parse_args(arguments)
    python = options.python
    if python is None:
        from mcp_server.run.programs import litellm_python

        python = str(litellm_python())
    version, price_map = installed_map(python)
    wanted = [m["litellm_model"] for m in yaml.safe_load((CATALOGUE / "models.yaml").read_text())["models"]]
    new = numbers(price_map, wanted)
    old = json.loads(TARGET.read_text(encoding="utf-8")) if TARGET.exists() else {"litellm": None, "models": {}}
    drift = differences(old["models"], new)
    if version != old["litellm"]:
        drift.insert(0, f"LiteLLM: {old['litellm']} → {version}")
    print("\n".join(drift) or f"no drift against LiteLLM {version}: {len(new)} models")
    if options.check:
        return 1 if drift else 0
    if drift:
        data = {"litellm": version, "taken_on": date.today().isoformat(), "models": new}
        TARGET.write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
