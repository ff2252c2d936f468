"""The operation: arguments, places that cannot be read, verdicts, and that nothing secret leaves."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import NoReturn

import pytest

from mcp_server.answer import Answer
from mcp_server.document.document import parse
from mcp_server.document.excerpt import excerpt
from mcp_server.errors import GatewayError, UsageError
from mcp_server.operations.validate_config import MAX_BYTES, run

GOOD = """\
model_list:
  - model_name: sonnet
    litellm_params:
      model: anthropic/claude-sonnet-4-6
      api_key: os.environ/ANTHROPIC_API_KEY
general_settings:
  master_key: os.environ/LITELLM_MASTER_KEY
"""
SECRET = "sk-ant-api03-" + "Q7z" * 12


def ids(answer: Answer) -> list[str]:
    return [f.id for f in answer.findings]


def test_clean_file_is_ok_and_says_what_was_not_tried(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(GOOD, encoding="utf-8")
    answer = run(path=str(file), environment="ignore")
    assert answer.verdict == "ok"
    assert answer.findings == []
    assert answer.quick_answer.startswith(f"no problems found in {file} (")
    assert "not yet tried against a running gateway" in answer.quick_answer
    assert any(c.status == "todo" and "test-model" in (c.command or "") for c in answer.verification)
    assert any("Not checked here" in line for line in answer.context)


def test_findings_carry_file_line_column_and_key_and_the_exact_edit(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(GOOD + "router_settings:\n  num_retries: '3'  # twice\n", encoding="utf-8")
    answer = run(path=str(file), environment="ignore")
    (finding,) = answer.findings
    assert answer.verdict == "errors"
    assert finding.where is not None
    assert finding.where.model_dump() == {
        "file": str(file),
        "line": 9,
        "column": 16,
        "key": "router_settings.num_retries",
    }
    assert answer.config[0].content == (
        f"--- {file}\n+++ {file}\n@@ -9 +9 @@\n-  num_retries: '3'  # twice\n+  num_retries: 3  # twice\n"
    )
    assert "line 9" in answer.quick_answer


def test_set_variables_are_no_finding_and_unset_ones_are_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    assert {f.severity for f in run(content=GOOD).findings} == {"warning"}
    monkeypatch.setenv("ANTHROPIC_API_KEY", "x")
    monkeypatch.setenv("LITELLM_MASTER_KEY", "sk-x")
    assert run(content=GOOD).findings == []


def test_unset_master_key_is_an_error_where_the_gateway_evidently_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "x")
    (finding,) = run(content=GOOD).findings
    assert (finding.id, finding.severity) == ("environment-reference", "error")


@pytest.mark.parametrize("arguments", [{}, {"path": "a", "content": "b"}])
def test_exactly_one_of_path_and_content_is_needed(arguments: dict[str, str]) -> None:
    with pytest.raises(UsageError, match="exactly one of path and content"):
        run(**arguments)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"kind": "litelm"}, "Did you mean litellm"),
        ({"environment": "chek"}, "Use check or ignore"),
    ],
)
def test_unknown_choices_name_the_valid_ones(arguments: dict[str, str], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        run(content=GOOD, **arguments)


def test_places_that_are_no_readable_file_are_named_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    os.mkfifo(tmp_path / "pipe")
    with (tmp_path / "large.yaml").open("wb") as stream:
        stream.truncate(MAX_BYTES + 1)
    said = {
        "confg.yaml": "does not exist.*Did you mean config.yaml",
        "absent/config.yaml": "does not exist.*folder",
        ".": "is a folder.*config.yaml",
        "loop": "cannot be read",
        "pipe": "device or pipe",
        "large.yaml": "up to",
        "x" * 5_000: "cannot be read",
        "nul\0byte": "cannot be read",
    }
    for name, pattern in said.items():
        with pytest.raises(GatewayError, match=pattern):
            run(path=f"{tmp_path}/{name}")


def refuse(path: Path, *mode: str) -> NoReturn:
    raise PermissionError(13, "Permission denied", str(path))


def test_file_without_permission_says_how_to_allow_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(GOOD, encoding="utf-8")
    file.chmod(0)
    if os.geteuid() == 0:  # root reads everything, so the refusal has to be played
        monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(GatewayError, match="chmod u\\+r"):
        run(path=str(file))


@pytest.mark.parametrize(
    ("name", "content", "first"),
    [
        ("empty.yaml", b"", "yaml-syntax"),
        ("binary.yaml", b"\x7fELF\0\0", "yaml-syntax"),
        ("latin.yaml", b"# \xe9\n", "yaml-syntax"),
        ("settings.json", b"{", "json-syntax"),
        ("deep.yaml", b"[" * 50_000, "yaml-syntax"),
        ("deep.json", b"[" * 50_000, "json-syntax"),
    ],
)
def test_unreadable_content_is_a_finding_with_a_place(tmp_path: Path, name: str, content: bytes, first: str) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    answer = run(path=str(file))
    assert answer.verdict == "errors"
    assert ids(answer)[0] == first
    assert answer.findings[0].where
    assert answer.findings[0].where.line
    assert any(c.status == "skip" and "rules not run" in c.title for c in answer.verification)


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("config.yaml", GOOD, "LiteLLM"),
        ("whatever", GOOD, "LiteLLM"),
        ("config.json", json.dumps({"model_list": [], "general_settings": {"master_key": "sk-1234"}}), "LiteLLM"),
        ("settings.json", "{}", "Claude Code"),
        ("managed-settings.json", '{"env": {}}', "Claude Code"),
        (None, '{"env": {"A": "b"}}', "Claude Code"),
        (None, "model_list: []\n", "LiteLLM"),
    ],
)
def test_kind_is_recognised_from_name_and_content(tmp_path: Path, name: str | None, content: str, kind: str) -> None:
    if name is None:
        answer = run(content=content)
    else:
        (tmp_path / name).write_text(content, encoding="utf-8")
        answer = run(path=str(tmp_path / name))
    assert kind in answer.verification[0].title


def test_content_of_no_recognisable_kind_asks_for_the_kind() -> None:
    with pytest.raises(UsageError, match="Name it with kind"):
        run(content="hello world")


PLANTED = [
    f"model_list:\n  - model_name: m\n    litellm_params: {{model: openai/x, api_key: {SECRET}}}\n",
    f"general_settings:\n  master_key: {SECRET}\n  {SECRET}: 1\n",
    f"{SECRET}: x\nmodel_list: [{SECRET}]\n",
    f'model_list:\n  - model_name: "{SECRET} "\n    litellm_params: {{model: {SECRET}, model: 2}}\n',
    f"router_settings:\n  routing_strategy: {SECRET}\n  num_retries: {SECRET}\n  fallbacks: [{{a: [{SECRET}]}}]\n",
    f"litellm_settings: {{callbacks: [{SECRET}], success_callback: {SECRET}, request_timeout: {SECRET}}}\n",
    f"model_list:\n  - model_name: m\n    litellm_params: {{model: openai/x, api_base: 'user:{SECRET}@host'}}\n",
    f'a: "{SECRET}\n',
    f"a: *{SECRET}\n",
    f"a: !{SECRET} x\n",
    f"include: {SECRET}\nmodel_list: []\n",
    json.dumps({"env": {"ANTHROPIC_AUTH_TOKEN": SECRET, "ANTHROPIC_BASE_URL": f"https://u:{SECRET}@h/v1"}}),
    json.dumps({"env": {"HTTPS_PROXY": f"socks5://u:{SECRET}@h", "NO_PROXY": f"http://{SECRET}"}, "apiKey": SECRET}),
    json.dumps({"env": {"ANTHROPIC_CUSTOM_HEADERS": f"x-api-key {SECRET}", "API_TIMEOUT_MS": SECRET}}),
    f'{{"env": {{"A": "{SECRET}",}}}}',
    f'{{"env": {{"A": {SECRET}}}}}',
]


@pytest.mark.parametrize("content", PLANTED)
def test_a_planted_secret_never_appears_in_the_answer(content: str) -> None:
    answer = run(content=content, kind="claude-settings" if content.startswith("{") else "litellm")
    assert answer.findings
    shown = json.dumps(answer.model_dump(mode="json"), ensure_ascii=False)
    assert SECRET not in shown
    assert SECRET[13:29] not in shown


def test_a_planted_secret_never_appears_in_an_excerpt() -> None:
    document = parse(f"general_settings:\n  master_key: {SECRET}\n", "yaml", "x")
    answer = run(content=document.text, environment="ignore")
    for finding in answer.findings:
        assert SECRET[13:29] not in "\n".join(excerpt(document, finding.where))


def test_excerpt_points_a_caret_at_the_column() -> None:
    document = parse("a:\n  b: [x, 'y']\n", "yaml")
    where = run(content="router_settings:\n  num_retries: 'x'\n", environment="ignore").findings[0].where
    document = parse("router_settings:\n  num_retries: 'x'\n", "yaml")
    assert excerpt(document, where) == ["    2 |   num_retries: 'x'", "                       ^"]


def test_nothing_in_the_file_is_executed_or_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.socket", lambda *a, **k: pytest.fail("a socket was opened"))
    (tmp_path / "evil.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n", encoding="utf-8")
    file = tmp_path / "config.yaml"
    text = "include: [https://x.example/a.yaml]\nlitellm_settings: {callbacks: [evil.handler]}\n"
    text += "x: !!python/name:evil.x y\n"
    file.write_text(text, encoding="utf-8")
    assert run(path=str(file)).verdict == "errors"
    assert not (tmp_path / "ran").exists()


def test_a_thousand_broken_deployments_fit_the_payload() -> None:
    entry = "  - model_name: m{}\n    litellm_params: {{model: vertexai/x, vertex_projct: p, timeout: 30s}}\n"
    content = "model_list:\n" + "".join(entry.format(i) for i in range(1_000))
    answer = run(content=content, environment="ignore")
    assert len(answer.findings) > 1_500
    assert len(json.dumps(answer.bounded().document())) < 30_000
