"""``include:`` as the real LiteLLM merges it: which file a name or a setting comes from, and what gets lost."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from mcp_server.answer import Finding
from mcp_server.operations import validate_config
from mcp_server.run.programs import litellm_python
from mcp_server.validate.includes import MAX_FILES

JUDGE = Path(__file__).parent / "litellm_judge.py"
MODEL = "model_list: [{model_name: NAME, litellm_params: {model: anthropic/claude-sonnet-4-6, api_key: sk-none}}]\n"
KEY = "general_settings: {master_key: sk-for-tests-only-and-nowhere-else}\n"
MAIN = MODEL.replace("NAME", "m") + KEY

#: Name to the files beside ``config.yaml``, and whether LiteLLM 1.106.2 starts with them (checked below).
FOLDERS: dict[str, tuple[dict[str, str], bool]] = {
    "nested, beside the file that names it": (
        {
            "config.yaml": f"include: [sub/a.yaml]\n{MAIN}",
            "sub/a.yaml": "include: [b.yaml]\n",
            "sub/b.yaml": MODEL.replace("NAME", "n"),
        },
        True,
    ),
    "nested, beside the main file": (
        {
            "config.yaml": f"include: [sub/a.yaml]\n{MAIN}",
            "sub/a.yaml": "include: [b.yaml]\n",
            "b.yaml": MODEL.replace("NAME", "n"),
        },
        True,
    ),
    "circle": ({"config.yaml": f"include: [a.yaml]\n{MAIN}", "a.yaml": "include: [config.yaml, a.yaml]\n"}, True),
    "empty file": ({"config.yaml": f"include: [a.yaml]\n{MAIN}", "a.yaml": ""}, True),
    "empty list": ({"config.yaml": f"include: []\n{MAIN}"}, True),
    "nothing": ({"config.yaml": f"include:\n{MAIN}"}, False),
    "text": ({"config.yaml": f"include: a.yaml\n{MAIN}", "a.yaml": ""}, False),
    "number": ({"config.yaml": f"include: [7]\n{MAIN}"}, False),
    "missing": ({"config.yaml": f"include: [a.yaml]\n{MAIN}"}, False),
    "missing in an included file": (
        {"config.yaml": f"include: [a.yaml]\n{MAIN}", "a.yaml": "include: [b.yaml]\n"},
        False,
    ),
    "folder": ({"config.yaml": f"include: [sub]\n{MAIN}", "sub/a.yaml": ""}, False),
    "list of models": ({"config.yaml": f"include: [a.yaml]\n{MAIN}", "a.yaml": "- model_name: n\n"}, False),
    "broken file": ({"config.yaml": f"include: [a.yaml]\n{MAIN}", "a.yaml": "a: [\n"}, False),
    "entry without parameters in an included file": (
        {"config.yaml": f"include: [a.yaml]\n{MAIN}", "a.yaml": "model_list: [{model_name: n}]\n"},
        False,
    ),
}


def written(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder / "config.yaml"


def findings(folder: Path, files: dict[str, str]) -> list[Finding]:
    return validate_config.run(path=str(written(folder, files)), kind="litellm").findings


def places(found: list[Finding], rule: str) -> list[tuple[str, int | None]]:
    return [(Path(f.where.file or "").name, f.where.line) for f in found if f.id == rule and f.where]


@pytest.mark.parametrize(("files", "starts"), FOLDERS.values(), ids=FOLDERS)
def test_what_stops_the_start_is_an_error_and_nothing_else_is(
    files: dict[str, str], starts: bool, tmp_path: Path
) -> None:
    errors = [f for f in findings(tmp_path, files) if f.severity == "error"]
    assert (errors == []) is starts


@pytest.mark.e2e
def test_the_real_litellm_judges_the_folders_as_written_here(tmp_path: Path) -> None:
    jobs = [
        {"path": str(written(tmp_path / str(n), files)), "environment": {}}
        for n, (files, _) in enumerate(FOLDERS.values())
    ]
    done = subprocess.run(
        [str(litellm_python()), "-W", "ignore", str(JUDGE)],
        input="\n".join(map(json.dumps, jobs)),
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    verdicts = [json.loads(line)["starts"] for line in done.stdout.splitlines()]
    assert verdicts == [starts for _, starts in FOLDERS.values()]


def test_names_are_resolved_over_all_files(tmp_path: Path) -> None:
    files = {
        "config.yaml": "include: [a.yaml, b.yaml]\nmodel_list: []\n" + KEY,
        "a.yaml": MODEL.replace("NAME", "n")
        + "credential_list: [{credential_name: c, credential_values: {}, credential_info: {}}]\n",
        "b.yaml": "model_list:\n  - model_name: o\n"
        "    litellm_params: {model: anthropic/x, litellm_credential_name: c}\n"
        "router_settings: {fallbacks: [{n: [o]}, {o: [nowhere]}], model_group_alias: {p: n}}\n",
    }
    found = findings(tmp_path, files)
    assert places(found, "fallback-target-undefined") == [("b.yaml", 4)]
    assert {f.id for f in found if f.severity == "error"} == {"fallback-target-undefined"}


def test_a_section_that_an_included_file_replaces_is_named_with_what_it_loses(tmp_path: Path) -> None:
    files = {
        "config.yaml": f"include: [a.yaml]\n{MAIN}litellm_settings: {{drop_params: true, num_retries: 3}}\n",
        "a.yaml": "\nlitellm_settings: {num_retries: 2}\nmodel_list: []\n",
    }
    (lost,) = [f for f in findings(tmp_path, files) if f.id == "include-surprise"]
    assert places([lost], "include-surprise") == [("config.yaml", 4)]
    assert lost.severity == "warning"
    assert "a.yaml (line 2)" in lost.problem
    assert "drop_params is lost" in lost.why


def test_a_master_key_that_an_included_file_removes_is_missed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LITELLM_MASTER_KEY", raising=False)
    files = {"config.yaml": f"include: [a.yaml]\n{MAIN}", "a.yaml": "general_settings: {allow_user_auth: true}\n"}
    assert [f.id for f in findings(tmp_path, files)].count("master-key") == 1


def test_a_comment_in_an_included_file_silences_only_that_file(tmp_path: Path) -> None:
    wrong = "model_list: [{model_name: n, litellm_params: {model: vertexai/x}}]"
    files = {
        "config.yaml": f"include: [a.yaml]\n{wrong}\n{KEY}",
        "a.yaml": f"\n{wrong}  # llm-gateway: ignore[provider-prefix-unknown] on purpose\n",
    }
    assert places(findings(tmp_path, files), "provider-prefix-unknown") == [("config.yaml", 2)]


def test_endless_includes_end(tmp_path: Path) -> None:
    files = {f"{n}.yaml": f"include: [{n + 1}.yaml]\n" for n in range(MAX_FILES + 50)}
    found = findings(tmp_path, {"config.yaml": f"include: [0.yaml]\n{MAIN}", **files})
    assert len(places(found, "include-surprise")) == 1
