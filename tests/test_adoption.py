"""What others copy: the pre-commit hooks, the workflow, and the pages of docs whose commands are run."""

from __future__ import annotations

import importlib.util
import re
import shlex
import types
from pathlib import Path
from typing import Any

import pytest
import yaml

from mcp_server.cli import _parser, main
from mcp_server.validate.kinds import KINDS, parse_kind
from mcp_server.validate.kinds.recognition import FILES

ROOT = Path(__file__).parent.parent
HOOKS: list[dict[str, Any]] = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))


def docs() -> types.ModuleType:
    spec = importlib.util.spec_from_file_location("maintenance_docs", ROOT / "maintenance" / "docs.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_there_is_a_hook_for_every_kind_with_a_telling_name_and_a_general_one() -> None:
    kinds = {kind.ID for kind in KINDS}
    assert {hook["id"] for hook in HOOKS} == {
        "llm-gateway",
        *(f"llm-gateway-{kind}" for kind in FILES if kind in kinds),
    }


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
def test_the_command_of_a_hook_exists_and_its_pattern_is_one(hook: dict[str, Any]) -> None:
    program, *arguments = shlex.split(hook["entry"])
    assert program == "llm-gateway"
    options = _parser().parse_args([*arguments, *hook["args"], "a.yaml"])
    parse_kind(options.kind)
    assert options.environment == "ignore"
    re.compile(hook["files"])
    assert hook["language"] == "python"


@pytest.mark.parametrize(
    ("name", "hook"),
    [
        ("litellm-config.yaml", "litellm"),
        ("deploy/litellm/prod.litellm.yml", "litellm"),
        ("proxy_server_config.yaml", "litellm"),
        (".claude/settings.json", "claude-settings"),
        ("app/.claude/settings.local.json", "claude-settings"),
        ("etc/managed-settings.d/10-net.json", "claude-settings"),
        (".env", "env"),
        ("conf/gateway.env", "env"),
        ("docker-compose.prod.yml", "docker-compose"),
        ("compose.yaml", "docker-compose"),
        ("config.yaml", None),
        ("package.json", None),
        (".vscode/settings.json", None),
        ("environment.py", None),
    ],
)
def test_names_are_watched_by_the_right_hook(name: str, hook: str | None) -> None:
    found = [h["id"].removeprefix("llm-gateway-") for h in HOOKS if re.search(h["files"], name)]
    assert found == ([] if hook is None else [hook])


def test_the_commands_of_the_workflow_run_and_disagree_in_nothing_but_form(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (ROOT / "examples" / "github-actions" / "llm-gateway.yml").read_text(encoding="utf-8")
    (job,) = yaml.safe_load(text)["jobs"].values()
    runs = [step["run"] for step in job["steps"] if "llm-gateway validate" in step.get("run", "")]
    assert [run.partition("--format ")[2].split()[0] for run in runs] == ["sarif", "github"]
    assert job["permissions"]["security-events"] == "write"
    monkeypatch.chdir(tmp_path)
    Path("config.yaml").write_text("model_list:\n  - model_name: m\n")
    for run in runs:
        with pytest.raises(SystemExit) as caught:
            main(shlex.split(run.partition(" > ")[0])[1:])
        assert caught.value.code == 1
        assert "model-entry-incomplete" in capsys.readouterr().out


def test_a_changed_output_in_the_manual_is_noticed() -> None:
    page = (
        "```yaml a.yaml\nmodel_list: {}\n```\n\n```console\n$ llm-gateway validate a.yaml --json | head -2\nold\n```\n"
    )
    made = docs().with_outputs(page)
    assert '$ llm-gateway validate a.yaml --json | head -2\n{\n  "verdict": "errors",\n```' in made
    assert "old" not in made
    assert docs().with_outputs(made) == made


def test_every_command_of_the_manual_stands_where_it_is_run() -> None:
    page = (ROOT / "docs" / "validate.md").read_text(encoding="utf-8")
    consoles = "".join(re.findall(r"^```console\n(.*?)^```$", page, re.MULTILINE | re.DOTALL))
    fenced = re.findall(r"^\$ .*$", page, re.MULTILINE)
    assert fenced
    assert all(command in consoles for command in fenced)
    assert not re.search(r"^```(sh|bash|shell)$", page, re.MULTILINE)
