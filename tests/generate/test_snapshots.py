"""Whole generated files. After an intended change: ``UPDATE_SNAPSHOTS=1 pytest tests/generate/test_snapshots.py``."""

from __future__ import annotations

import importlib.util
import os
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from mcp_server.generate.build import generate
from mcp_server.generate.spec import parse_request
from mcp_server.render.markdown import markdown

SNAPSHOTS = Path(__file__).parent / "snapshots"
SCRIPT = Path(__file__).parents[2] / "maintenance" / "templates.py"
CASES: dict[str, dict[str, Any]] = {
    "project-scope-behind-a-proxy": {
        "models": ["gemini-3.8-flash", "codestral"],
        "fallbacks": ["deepseek-v4.1-flash"],
        "routing": "latency-based",
        "vertex_project": "my-project",
        "vertex_region": "europe-west4",
        "scope": "project",
        "proxy_url": "http://proxy.example.com:3128",
        "ca_bundle": "/etc/ssl/corporate ca.pem",
    },
    "remote-gateway-with-claude": {
        "models": ["claude-opus-5-5", "claude-haiku-5-5"],
        "gateway_url": "https://gateway.example.com/litellm",
        "token_env": "TEAM_KEY",
        "auth": "api-key",
        "scope": "managed",
    },
}


@pytest.fixture(scope="module")
def templates() -> ModuleType:
    spec = importlib.util.spec_from_file_location("templates", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", CASES)
def test_the_whole_answer_is_as_recorded(name: str) -> None:
    text = markdown(generate(parse_request(CASES[name]), date(2026, 11, 25)))
    file = SNAPSHOTS / f"{name}.md"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")


def test_templates_are_byte_for_byte_what_the_generator_makes(templates: ModuleType) -> None:
    assert templates.drift() == []


#: What a template may be told: its provider has retired the model; the reader has to fill in the key.
EXPECTED = {"model-retired", "master-key-variable"}


def test_templates_are_clean_in_their_validators() -> None:
    from mcp_server.errors import GatewayError
    from mcp_server.operations.validate_config import check

    judged, wrong = 0, []
    for file in sorted(SCRIPT.parents[1].joinpath("templates").rglob("*")):
        if file.suffix not in (".json", ".yaml", ".yml", ".env", ".jsonc") or file.name in ("package.json",):
            continue
        try:
            found = check(str(file), environment="ignore").report.findings
        except GatewayError:
            continue  # of a kind that another program judges: nginx, Envoy, Prometheus
        judged += 1
        wrong += [f"{file.parent.name}/{file.name}: {f.id}" for f in found if f.severity == "error"]
    assert judged >= 50
    assert [line for line in wrong if line.rpartition(": ")[2] not in EXPECTED] == []


def test_a_touched_template_is_noticed(
    templates: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(templates, "TEMPLATES", tmp_path)
    assert templates.main([]) == 0
    assert templates.main(["--check"]) == 0
    config = tmp_path / "litellm-vertex" / "litellm-config.yaml"
    config.write_bytes(config.read_bytes() + b"\n")
    (tmp_path / "by-hand.txt").touch()
    assert templates.main(["--check"]) == 1
    printed = capsys.readouterr().out
    assert "litellm-config.yaml: differs from the generator" in printed
    assert "by-hand.txt: not generated" in printed
