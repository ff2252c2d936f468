"""Pages about set-ups: what is generated is current, and every command in them is one that works."""

from __future__ import annotations

import importlib.util
import re
import shlex
import subprocess
from pathlib import Path
from types import ModuleType

import pytest
from gateway_bench import made

from mcp_server.catalogue.load import read_yaml
from mcp_server.cli import main

ROOT = Path(__file__).parents[2]
PAGES = ("deployments.md", "own-gateways.md", "claude-gateway.md", "proxies.md", "environment.md")


@pytest.fixture(scope="module")
def pages() -> ModuleType:
    spec = importlib.util.spec_from_file_location("reference_pages", ROOT / "maintenance/reference_pages.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def text(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def snippets(name: str) -> list[str]:
    return re.findall(r"```sh\n(.*?)```", text(name), re.DOTALL)


def test_the_generated_pages_are_current(pages: ModuleType) -> None:
    assert pages.main(["--check"]) == 0


def test_a_variable_without_words_and_words_without_a_variable_are_refused(
    pages: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = read_yaml("variables.yaml")
    client = {name: what for name, what in words["client"].items() if name != "ANTHROPIC_MODEL"}
    changed = {**words, "client": {**client, "NOBODYS": "nothing"}}
    monkeypatch.setattr(pages, "read_yaml", lambda name: changed if name == "variables.yaml" else read_yaml(name))
    with pytest.raises(ValueError, match="client ANTHROPIC_MODEL: no words; client NOBODYS: used nowhere"):
        pages.environment_page()


def test_the_branches_of_the_flowchart_are_all_findings_of_their_layers(pages: ModuleType) -> None:
    (chart,) = re.findall(r"```mermaid\n(.*?)```", text("proxies.md"), re.DOTALL)
    shown = {
        layer: set(ids.split("<br/>")) for layer, ids in re.findall(r'-- no --> (\w+)_findings\["([^"]+)"\]', chart)
    }
    known = read_yaml("causes.yaml")["causes"]
    assert shown == {layer: {c["id"] for c in known if c["layer"] == layer} for layer in pages.LAYERS}


@pytest.mark.parametrize("page", PAGES)
def test_every_template_that_a_page_names_is_there(page: str) -> None:
    from_paths = re.findall(r"templates/([\w.-]+)", text(page))
    rows = [line for line in text(page).splitlines() if line.startswith("|")]
    in_last_column = [n for row in rows for n in re.findall(r"`([a-z0-9.]+(?:-[a-z0-9.]+)+)`", row.split("|")[-2])]
    there = {path.name for path in (ROOT / "templates").iterdir()}
    named = {
        *from_paths,
        *(n for n in in_last_column if page in ("deployments.md", "own-gateways.md", "environment.md")),
    }
    assert {name for name in named if name not in there} == set()


@pytest.mark.parametrize("page", PAGES)
def test_every_command_of_a_page_is_read_by_bash_and_every_generation_is_run(
    page: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for snippet in snippets(page):
        done = subprocess.run(["bash", "-n"], input=snippet, capture_output=True, text=True, check=False)
        assert done.stderr == ""
        for line in snippet.splitlines():
            words = shlex.split(line, comments=True)
            if words[:2] == ["llm-gateway", "generate"]:
                with pytest.raises(SystemExit) as ended:
                    main(words[1:])
                assert ended.value.code == 0, capsys.readouterr().err
                assert "Quick Answer" in capsys.readouterr().out


def test_the_words_about_third_parties_are_those_of_the_answers() -> None:
    notice = " ".join(text("own-gateways.md").split())
    for sentence in ("Anthropic neither runs nor supports it", "is not supported by Anthropic, through any gateway"):
        assert sentence in notice
    for gateway in ("litellm", "openrouter"):
        context = " ".join(made(gateway=gateway, models=["gemini-3.8-flash"]).context)
        assert "Anthropic neither runs nor supports it" in context
        assert "not supported by Anthropic" in context
