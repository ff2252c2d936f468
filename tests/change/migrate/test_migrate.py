"""``llm-gateway migrate``: what is recognised, what becomes of it, and that no key gets out."""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
from pathlib import Path
from typing import Any

import migrate_sources as sources
import pytest
import yaml
from migrate_sources import key

from mcp_server.change.migrate.reading import read_json
from mcp_server.cli import main
from mcp_server.errors import GatewayError
from mcp_server.operations import migrate
from mcp_server.operations.validate_config import check

KEYS = re.compile(r"sk-\w{12,}|(?:Prox|Rout)q7Zt")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "home"
    (home / ".claude").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home))
    for name in ("CLAUDE_CONFIG_DIR", "CLAUDE_PROJECT_DIR", "XDG_STATE_HOME", "LLM_GATEWAY_STATE"):
        monkeypatch.delenv(name, raising=False)
    project = tmp_path / "project"
    project.mkdir()
    monkeypatch.chdir(project)
    return home


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(("migrate", *arguments))
    return int(ended.value.code or 0)


def migrated(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    """The Answer; nothing in it is a key, and every file passes the checks without an error."""
    capsys.readouterr()
    assert run(*arguments, "--json") == 0
    out = capsys.readouterr().out
    assert not KEYS.search(out)
    answer: dict[str, Any] = json.loads(out)
    for file in answer["config"]:
        if file["language"] in ("yaml", "json"):
            kind = "litellm" if file["language"] == "yaml" else "claude-settings"
            found = check(content=file["content"], name=file["path"], kind=kind, environment="ignore").report.findings
            assert [f"{f.id}: {f.problem}" for f in found if f.severity == "error"] == []
    return answer


def litellm(answer: dict[str, Any]) -> Any:
    return yaml.safe_load(next(f["content"] for f in answer["config"] if f["path"].endswith(".yaml")))


def settings(answer: dict[str, Any]) -> Any:
    return json.loads(next(f["content"] for f in answer["config"] if f["language"] == "json"))


def said(answer: dict[str, Any], start: str) -> list[str]:
    return [line for line in answer["context"] if line.startswith(start)]


def variables(answer: dict[str, Any]) -> dict[str, str]:
    """Variable → where its value is said to stand."""
    steps = [s for s in answer["verification"] if s["title"].endswith("holds the key")]
    return {s["title"].split()[0]: s["detail"].split("; ")[0].removeprefix("Its value stands in ") for s in steps}


def written(path: Path, content: Any) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content, indent=2))
    return str(path)


def test_router_2_becomes_a_litellm_file_and_settings(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer = migrated(capsys, written(home / ".claude-code-router/config.json", sources.ROUTER_2))
    config = litellm(answer)
    params = {d["model_name"]: d["litellm_params"] for d in config["model_list"]}
    assert params["deepseek-chat"] == {"model": "deepseek/deepseek-chat", "api_key": "os.environ/DEEPSEEK_KEY"}
    assert params["glm-4.6"]["model"] == "anthropic/glm-4.6"
    assert params["glm-4.6"]["api_base"] == "https://api.z.ai/api/anthropic"
    assert params["gemini-2.5-flash"] == {"model": "gemini/gemini-2.5-flash", "api_key": "os.environ/GEMINI_API_KEY"}
    assert params["anthropic/claude-sonnet-4"]["extra_body"] == {"provider": {"only": ["x"]}}
    assert params["qwen2.5-coder:latest"]["api_key"] == "not-needed"
    assert params["dash-deepseek-chat"]["use_chat_completions_api"] is True
    assert params["dash-deepseek-chat"]["api_base"].endswith("/compatible-mode/v1")
    assert params["dash-deepseek-chat"]["temperature"] == 0.2
    router = config["router_settings"]
    assert {"deepseek-chat": ["anthropic/claude-sonnet-4"]} in router["fallbacks"]
    assert router["context_window_fallbacks"] == [{"deepseek-chat": ["google/gemini-2.5-pro"]}]
    assert router["model_group_alias"]["dash,deepseek-chat"]["model"] == "dash-deepseek-chat"
    env = settings(answer)["env"]
    assert env["ANTHROPIC_MODEL"] == "deepseek-chat"
    assert env["ANTHROPIC_DEFAULT_HAIKU_MODEL"] == "qwen2.5-coder:latest"
    assert env["ANTHROPIC_DEFAULT_OPUS_MODEL"] == "deepseek-reasoner"
    assert env["API_TIMEOUT_MS"] == "600000"


def test_router_2_says_where_each_key_stands_and_what_is_lost(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = written(home / ".claude-code-router/config.json", sources.ROUTER_2)
    answer = migrated(capsys, file)
    places = variables(answer)
    for variable, line in places.items():
        if variable != "DASH_API_KEY":
            number = int(line.rpartition(":")[2])
            assert KEYS.search(Path(file).read_text().splitlines()[number - 1]), variable
    assert set(places) >= {"OPENROUTER_API_KEY", "GEMINI_API_KEY", "ZAI_API_KEY", "PROXY_LOGIN"}
    assert "DEEPSEEK_KEY" not in places, "it was a reference already"
    start = next(f["content"] for f in answer["config"] if f["path"] == "shell: start the gateway")
    assert 'export HTTPS_PROXY="http://${PROXY_LOGIN}@10.1.2.3:3128"' in start
    lost = "\n".join(said(answer, "No equivalent"))
    for part in ("CUSTOM_ROUTER_PATH", "webSearch", "longContextThreshold", "enhancetool"):
        assert part in lost


def test_router_3_is_read_from_its_database_while_the_tool_runs(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / ".claude-code-router").mkdir()
    path = sources.router_3_database(home / ".claude-code-router/config.sqlite")
    before = path.read_bytes()
    answer = migrated(capsys)
    params = {d["model_name"]: d["litellm_params"] for d in litellm(answer)["model_list"]}
    assert params["claude-sonnet-5-5"]["model"] == "anthropic/claude-sonnet-5-5"
    assert params["claude-sonnet-5-5"]["api_base"] == "https://llm.example.com/anthropic"
    assert settings(answer)["env"]["ANTHROPIC_DEFAULT_HAIKU_MODEL"] == "claude-haiku-5-5"
    assert litellm(answer)["router_settings"]["fallbacks"][0] == {"claude-sonnet-5-5": ["claude-haiku-5-5"]}
    lost = "\n".join(said(answer, "No equivalent"))
    assert "rule long ones" in lost
    assert "1 more keys of Work" in lost
    assert "provider Old" in lost
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == ["config.sqlite"]


@pytest.mark.parametrize("content", [sources.SWITCH_1, sources.SWITCH_2], ids=["version 1", "version 2"])
def test_cc_switch_files_become_settings(content: Any, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer = migrated(capsys, written(home / ".cc-switch/config.json", content))
    found = settings(answer)
    assert found["env"]["ANTHROPIC_BASE_URL"] == "https://api.z.ai/api/anthropic"
    assert found["apiKeyHelper"] == "printenv GLM_API_KEY"
    assert found["includeCoAuthoredBy"] is False
    line = int(variables(answer)["GLM_API_KEY"].rpartition(":")[2])
    assert key("Glmm") in (home / ".cc-switch/config.json").read_text().splitlines()[line - 1]


def test_cc_switch_database_gives_the_current_provider(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / ".cc-switch").mkdir()
    sources.switch_database(home / ".cc-switch/cc-switch.db")
    answer = migrated(capsys, "--from", "cc-switch")
    env = settings(answer)["env"]
    assert (env["ANTHROPIC_MODEL"], env["API_TIMEOUT_MS"]) == ("glm-4.6", "600000")
    assert any("provider Other" in line for line in said(answer, "No equivalent"))
    assert variables(answer) == {"GLM_API_KEY": "~/.cc-switch/cc-switch.db, provider GLM, ANTHROPIC_AUTH_TOKEN"}


def test_cc_switch_provider_that_it_translated_needs_litellm(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = sources.switch_database(home / "x.db", {"apiFormat": "openai_chat"})
    assert litellm(migrated(capsys, str(path)))["model_list"][0]["litellm_params"]["model"] == "openai/glm-4.6"


def test_cc_switch_account_is_refused(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(str(sources.switch_database(home / "x.db", {"providerType": "github_copilot"}))) == 1
    assert "signs in with an account (github_copilot)" in capsys.readouterr().err


def test_cc_switch_of_pypi_keeps_its_key_name(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer = migrated(capsys, written(home / ".claude/cc-switch.json", sources.SWITCH_PYPI))
    found = settings(answer)
    assert found["apiKeyHelper"] == "printenv DEEPSEEK_API_KEY"
    assert found["env"]["ANTHROPIC_DEFAULT_OPUS_MODEL"] == "deepseek-chat"
    assert found["env"]["CLAUDE_CODE_EFFORT_LEVEL"] == "max"
    assert any("credstore get DEEPSEEK_API_KEY" in line for line in said(answer, "By hand"))


def test_shell_profile_becomes_settings_and_names_its_lines(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer = migrated(capsys, written(home / ".bashrc", sources.BASHRC))
    env = settings(answer)["env"]
    assert env["ANTHROPIC_BASE_URL"] == "https://llm.example.com"
    assert env["CLAUDE_CODE_MAX_OUTPUT_TOKENS"] == "32000"
    assert "PATH" not in env
    assert "ANTHROPIC_AUTH_TOKEN" not in env
    assert variables(answer) == {"ANTHROPIC_AUTH_TOKEN": "~/.bashrc:5"}
    by_hand = "\n".join(said(answer, "By hand"))
    assert "~/.bashrc:8: ANTHROPIC_SMALL_FAST_MODEL is computed by the shell" in by_hand
    assert "remove these lines of ~/.bashrc: 4, 6, 7." in by_hand


def test_running_environment_is_the_last_resort(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ANTHROPIC_BASE_URL", "https://llm.example.com")
    monkeypatch.setenv("ANTHROPIC_API_KEY", key("Envi"))
    for name in ("CLAUDE_CODE_ENTRYPOINT", "CLAUDE_CODE_SSE_PORT", "TERM_PROGRAM", "CLAUDE_PROJECT_DIR", "SSH_TTY"):
        monkeypatch.setenv(name, "/of/this/session")
    answer = migrated(capsys)
    assert "/of/this/session" not in json.dumps(answer)
    assert settings(answer)["env"]["ANTHROPIC_BASE_URL"] == "https://llm.example.com"
    assert variables(answer) == {"ANTHROPIC_API_KEY": "variable ANTHROPIC_API_KEY of the running environment"}


def test_portkey_headers_stay_with_the_shell(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer = migrated(capsys, written(home / "portkey.env", sources.PORTKEY_ENV))
    assert "ANTHROPIC_CUSTOM_HEADERS" not in settings(answer)["env"]
    shell = next(f["content"] for f in answer["config"] if f["path"] == "shell: start Claude Code")
    assert 'export ANTHROPIC_CUSTOM_HEADERS="x-portkey-api-key: ${X_PORTKEY_API_KEY}' in shell
    assert "x-portkey-provider: @anthropic-prod" in shell


def test_portkey_fallback_becomes_litellm_fallbacks(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer = migrated(capsys, written(home / "config.json", sources.PORTKEY_CONFIG))
    config = litellm(answer)
    assert [d["litellm_params"]["model"] for d in config["model_list"]] == [
        "anthropic/claude-sonnet-4-6",
        "openai/gpt-5",
    ]
    assert config["model_list"][1]["litellm_params"]["timeout"] == 30
    assert config["router_settings"]["num_retries"] == 3
    assert config["router_settings"]["fallbacks"][0] == {"claude-sonnet-4-6": ["gpt-5"]}
    lost = "\n".join(said(answer, "No equivalent"))
    for part in ("cache", "on_status_codes", "targets[2]", "targets[3]"):
        assert part in lost
    assert variables(answer)["ANTHROPIC_API_KEY"].startswith("~/config.json:")


def test_portkey_load_balancing_keeps_its_weights(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    models = litellm(migrated(capsys, written(home / "config.json", sources.PORTKEY_BALANCE)))["model_list"]
    assert [(m["model_name"], m["litellm_params"]["weight"]) for m in models] == [
        ("claude-sonnet-4-6", 0.7),
        ("claude-sonnet-4-6", 0.3),
    ]
    assert len({m["litellm_params"]["api_key"] for m in models}) == 2


def test_old_litellm_file_keeps_its_comments_and_loses_its_keys(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer = migrated(capsys, written(home / "old.yaml", sources.OLD_LITELLM))
    text = answer["config"][0]["content"]
    assert "# our gateway" in text
    assert "api_key: os.environ/ANTHROPIC_API_KEY   # the team's" in text
    assert "master_key: os.environ/LITELLM_MASTER_KEY" in text
    assert "num_retries: 2" in text
    assert variables(answer) == {"ANTHROPIC_API_KEY": "~/old.yaml:6", "LITELLM_MASTER_KEY": "~/old.yaml:9"}


def test_output_writes_private_new_files_and_never_over_another(
    home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = written(home / "c.json", sources.PORTKEY_CONFIG)
    answer = migrated(capsys, source, "--output", str(tmp_path / "out"))
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["litellm-config.yaml", "settings.json"]
    assert any("llm-gateway rollback" in line for line in answer["context"])
    (tmp_path / "out/settings.json").write_text("{}")
    (tmp_path / "out/litellm-config.yaml").unlink()
    assert run(source, "--output", str(tmp_path / "out")) == 2
    assert "settings.json exists already" in capsys.readouterr().err
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["settings.json"], "all or none"


def test_apply_merges_into_the_settings_and_can_be_undone(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mine = '{\n  "permissions": {"allow": ["Bash(ls)"]}\n}'
    (home / ".claude/settings.json").write_text(mine)
    migrated(capsys, written(home / ".bashrc", sources.BASHRC), "--apply")
    found = json.loads((home / ".claude/settings.json").read_text())
    assert found["permissions"] == {"allow": ["Bash(ls)"]}
    assert found["env"]["ANTHROPIC_MODEL"] == "claude-sonnet-5-5"
    with pytest.raises(SystemExit):
        main(("rollback",))
    assert (home / ".claude/settings.json").read_text() == mine


def test_a_source_that_never_worked_is_told_and_not_applied(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = written(home / ".env", f"ANTHROPIC_BASE_URL=llm.example.com\nANTHROPIC_AUTH_TOKEN={key('Wron')}\n")
    assert run(source, "--json") == 1
    answer = json.loads(capsys.readouterr().out)
    assert (answer["verdict"], answer["findings"][0]["id"]) == ("errors", "base-url-no-scheme")
    assert run(source, "--apply") == 1
    assert "Nothing was written" in capsys.readouterr().err
    assert not (home / ".claude/settings.json").exists()


def test_apply_refuses_while_the_other_tool_owns_the_settings(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = written(home / ".cc-switch/config.json", sources.SWITCH_2)
    assert run(source, "--apply") == 1
    assert "is managed by cc-switch" in capsys.readouterr().err
    assert not (home / ".claude/settings.json").exists()
    migrated(capsys, source, "--apply", "--although-managed")
    assert (home / ".claude/settings.json").exists()


def test_several_finds_are_named_not_guessed_at(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written(home / ".bashrc", sources.BASHRC)
    written(home / ".cc-switch/config.json", sources.SWITCH_2)
    assert run() == 2
    said_ = capsys.readouterr().err
    assert ".bashrc" in said_
    assert ".cc-switch/config.json" in said_


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("c.json", '{"Providers": [}', "c.json:1:16"),
        ("c.json", '{"Providers": []}', "names no model"),
        ("c.json", '{"targets": [{"provider": "openai"}]}', "no target names a provider and a model"),
        ("c.json", '{"nothing": 1}', "of no kind that can be converted"),
        ("c.txt", "hello", "of no kind that can be converted"),
        ("c.db", "SQLite format 3\0rubbish", "cannot be read as a database"),
        ("cc-switch.json", '{"providers": {}, "current": "a"}', "holds no provider"),
        ("config.json", '{"providers": {"b": {}}, "current": "a"}', "is not in the list"),
    ],
)
def test_bad_sources_are_refused_with_their_place(
    name: str, content: str, words: str, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--from", "claude-code-router"] if "Providers" in content else []
    assert run(written(home / name, content), *arguments) in (1, 2)
    assert words in capsys.readouterr().err


def test_missing_file_and_unknown_kind_are_told(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(str(home / "none.json")) == 1
    assert "does not exist" in capsys.readouterr().err
    assert run(written(home / ".bashrc", sources.BASHRC), "--from", "claude-code-ruter") == 2
    assert "Did you mean 'claude-code-router'" in capsys.readouterr().err
    assert run("--from", "portkey") == 2
    assert "nothing to convert was found" in capsys.readouterr().err


def _mutants(content: Any, seed: int) -> Any:
    """``content`` with one value somewhere replaced by something of another kind, or taken away."""
    chosen = random.Random(seed)
    copy = json.loads(json.dumps(content))
    places: list[tuple[Any, Any]] = []
    stack = [copy]
    while stack:
        node = stack.pop()
        keys = list(node) if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ()
        places += [(node, key_) for key_ in keys]
        stack += [node[key_] for key_ in keys]
    parent, at = chosen.choice(places)
    new: Any = chosen.choice(
        [None, 7, True, "", "x" * 300, "\u202e$(rm)`\"'", [], {}, [None], [[]], {"a": {}}, 1e400, "$"]
    )
    if chosen.random() < 0.2:
        del parent[at]
    else:
        parent[at] = new
    return copy


@pytest.mark.parametrize("seed", range(8))
def test_whatever_a_source_holds_there_is_an_answer_or_a_refusal_and_no_key(
    seed: int, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    router = json.loads(json.dumps(read_json(sources.ROUTER_2.encode(), "c").data))
    kinds = {
        "claude-code-router": router,
        "claude-code-router-3": sources.ROUTER_3,
        "cc-switch": sources.SWITCH_2,
        "portkey": sources.PORTKEY_CONFIG,
        "variables": {"env": {"ANTHROPIC_BASE_URL": "https://a.example", "ANTHROPIC_API_KEY": key("Enva")}},
        "lite": {"written": {}, "previous": {}, "endpoints": {}},
    }
    written(home / ".claude/settings.json", sources.GLM)
    for number in range(12):
        for kind, content in kinds.items():
            text = json.dumps(_mutants(content, seed * 1000 + number))
            (home / "c.json").write_text(text)
            try:
                answer = migrate.run(str(home / "c.json"), kind)
                shown = json.dumps(answer.document())
            except GatewayError as error:
                shown = str(error)
            assert not KEYS.search(shown), (kind, seed, number)


def test_every_kind_stands_in_the_registry_once() -> None:
    from mcp_server.change.migrate import registry

    folder = Path(registry.__file__).parent
    modules = [p.stem for p in folder.glob("*.py") if re.search(r"(?m)^ID = ", p.read_text())]
    assert sorted(modules) == sorted(str(vars(m)["__name__"]).rpartition(".")[2] for m in registry.KINDS.values())


def test_a_conversion_that_would_write_a_key_writes_nothing(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from mcp_server.answer import ConfigFile
    from mcp_server.change.migrate import variables as module
    from mcp_server.change.migrate.model import Migration

    for number, leaked in enumerate(("plainpassword", key("Leak"))):
        file = ConfigFile(path="settings.json", language="json", content=json.dumps({"model": leaked}), why="")
        guarded = ["plainpassword"] if number == 0 else []
        monkeypatch.setattr(module, "convert", lambda _, f=file, g=guarded: Migration("t", [f], guarded=g))
        assert run(written(home / ".bashrc", sources.BASHRC), "--output", str(tmp_path / "out")) == 1
        assert "would hold something like a credential" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("page", ["migrate", "rotate"])
def test_pages_name_every_kind_and_their_commands_are_understood(page: str) -> None:
    import shlex

    from mcp_server.change.migrate.registry import KINDS
    from mcp_server.cli import _parser

    text = (Path(__file__).parents[3] / "docs" / f"{page}.md").read_text()
    commands = re.findall(rf"(?m)^llm-gateway {page}\b.*$", text)
    assert len(commands) == 4
    for command in commands:
        _parser().parse_args(shlex.split(command, comments=True)[1:])
    if page == "migrate":
        assert set(re.findall(r"(?m)^\| `([\w-]+)` \|", text)) - {"--from"} == set(KINDS)


def test_headers_are_secret_by_their_name_too_and_quoted_for_the_shell(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    headers = "'x-team: a \"b\" $HOME\\nx-gate-key: plainvalue'"
    text = f"ANTHROPIC_BASE_URL=https://a.example\nANTHROPIC_CUSTOM_HEADERS={headers}\n"
    answer = migrated(capsys, written(home / ".env", text))
    assert "plainvalue" not in json.dumps(answer)
    assert variables(answer) == {"X_GATE_KEY": "~/.env:2"}
    shell = next(f["content"] for f in answer["config"] if f["path"] == "shell: start Claude Code")
    ran = subprocess.run(
        ["sh", "-c", shell.replace("\nclaude\n", '\nprintf %s "$ANTHROPIC_CUSTOM_HEADERS"\n')],
        env={"PATH": os.environ["PATH"], "HOME": "/h", "X_GATE_KEY": "its value"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout == 'x-team: a "b" $HOME\nx-gate-key: its value'


@pytest.mark.parametrize("value", ["$(op read op://team/key)", "$TEAM_KEY", '"${TEAM_KEY:-x}"'])
def test_a_key_that_the_shell_computes_stays_in_force(
    value: str, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = f"export ANTHROPIC_BASE_URL=https://a.example\nexport ANTHROPIC_AUTH_TOKEN={value}\n"
    answer = migrated(capsys, written(home / ".zshrc", text))
    env = settings(answer)["env"]
    assert "ANTHROPIC_AUTH_TOKEN" not in env, "a settings entry would beat the shell"
    assert env["ANTHROPIC_API_KEY"] == ""
    assert variables(answer) == {}
    assert any("remove these lines of ~/.zshrc: 1." in line for line in said(answer, "By hand"))


@pytest.mark.parametrize("content", ["", "# only a comment\n", "# our gate"])
def test_a_litellm_file_that_holds_nothing_is_named(
    content: str, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(written(home / "config.yaml", content), "--from", "litellm") == 1
    assert "config.yaml holds nothing" in capsys.readouterr().err


@pytest.mark.parametrize(
    "row",
    ["1, 2, NULL, NULL, 1, 'claude', 1", "1, 2, x'ff', '{}', 1, 'claude', 1", "1, 2, '{broken', '', 1, 'claude', 1"],
)
def test_a_database_with_other_rows_is_named(row: str, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import sqlite3

    path = home / "cc-switch.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE providers (id, name, settings_config, meta, is_current, app_type, sort_index)")
        connection.execute(f"INSERT INTO providers VALUES ({row})")
    connection.close()
    assert run(str(path)) == 1
    said = capsys.readouterr().err
    assert "cannot be read as a database" in said
    assert "damaged, or of a release" in said
