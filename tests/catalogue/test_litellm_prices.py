from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType

import pytest

from mcp_server.catalogue.load import read_json
from mcp_server.run.programs import litellm_python, versions

SCRIPT = Path(__file__).parents[2] / "maintenance" / "litellm_prices.py"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("litellm_prices", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_number_is_found_under_the_whole_string_or_without_its_provider(script: ModuleType) -> None:
    price_map = {"vertex_ai/a": {"max_input_tokens": 1, "other": 2}, "b": {"deprecation_date": "2026-10-20"}}
    assert script.numbers(price_map, ["vertex_ai/a", "vertex_ai/b", "vertex_ai/c"]) == {
        "vertex_ai/a": {"map_key": "vertex_ai/a", "max_input_tokens": 1},
        "vertex_ai/b": {"map_key": "b", "deprecation_date": "2026-10-20"},
        "vertex_ai/c": {},
    }


def test_drift_is_told_per_number(script: ModuleType) -> None:
    old = {"m": {"input_cost_per_token": 1e-06, "max_input_tokens": 5}, "gone": {}}
    new = {"m": {"input_cost_per_token": 2e-06, "max_input_tokens": 5, "supports_vision": True}, "new": {}}
    assert script.differences(old, new) == [
        "gone: no longer in models.yaml",
        "m: input_cost_per_token: 1e-06 → 2e-06",
        "m: supports_vision: None → True",
        "new: not in the catalogue yet",
    ]


def test_a_check_against_a_changed_map_fails_and_writes_nothing(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = script.TARGET.read_bytes()
    kept = read_json("litellm_models.json")
    price_map = {e["map_key"]: dict(e) for e in kept["models"].values()}
    monkeypatch.setattr(script, "installed_map", lambda python: (kept["litellm"], price_map))
    assert script.main(["--check", "--python", "unused"]) == 0
    price_map["gemini-2.5-pro"]["input_cost_per_token"] = 1.0
    assert script.main(["--check", "--python", "unused"]) == 1
    assert "gemini-2.5-pro: input_cost_per_token: 1.25e-06 → 1.0" in capsys.readouterr().out
    assert script.TARGET.read_bytes() == before


def test_a_python_without_litellm_is_named(script: ModuleType) -> None:
    with pytest.raises(SystemExit, match="has no LiteLLM"):
        script.installed_map(sys.executable)


def test_the_data_belongs_to_the_pinned_version() -> None:
    assert read_json("litellm_models.json")["litellm"] == versions()["litellm"]


@pytest.mark.e2e
def test_the_catalogue_has_not_drifted_from_the_installed_litellm(
    script: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    code = script.main(["--check", "--python", str(litellm_python())])
    assert code == 0, capsys.readouterr().out
    assert json.loads(script.TARGET.read_text(encoding="utf-8"))["models"]
