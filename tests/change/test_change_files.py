"""The commands diff, apply, rollback and history as a person uses them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mcp_server.cli import main

SETTINGS = '{\n  "permissions": {"allow": ["Bash(ls)"]},\n  "env": {"FOO": "1"}\n}'


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


@pytest.fixture
def settings(home: Path) -> Path:
    file = home / ".claude" / "settings.json"
    file.write_text(SETTINGS)
    return file


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    return int(ended.value.code or 0)


def answered(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    capsys.readouterr()
    assert run(*arguments, "--json") == 0
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_diff_shows_and_writes_nothing(settings: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer = answered(capsys, "diff", "--set", "env.ANTHROPIC_MODEL=gemini-2.5-pro")
    assert '+  "env": {"FOO": "1", "ANTHROPIC_MODEL": "gemini-2.5-pro"}' in answer["config"][0]["content"]
    assert settings.read_text() == SETTINGS


def test_apply_then_rollback_gives_the_same_bytes(settings: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer = answered(capsys, "apply", "--set", "env.A=1", "--set", "model=x", "--unset", "env.FOO")
    assert json.loads(settings.read_text())["env"] == {"A": "1"}
    assert answer["verdict"] == "unknown", "written is not proven"
    changes = answered(capsys, "history")["changes"]
    assert [(c["state"], c["what"]) for c in changes] == [("applied", "set env.A, set model, unset env.FOO")]
    answered(capsys, "rollback", changes[0]["id"])
    assert settings.read_text() == SETTINGS


def test_secret_is_written_and_never_shown(settings: Path, capsys: pytest.CaptureFixture[str]) -> None:
    secret = "sk-" + "q7Zt" * 8
    settings.chmod(0o644)
    answer = answered(capsys, "apply", "--set", f"env.ANTHROPIC_AUTH_TOKEN={secret}")
    assert secret in settings.read_text()
    assert secret not in json.dumps(answer)
    assert any("chmod 600" in note for note in answer["context"])
    assert run("history") == 0
    assert run("rollback") == 0
    assert secret not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("scope", "place"),
    [
        ("user", "home/.claude/settings.json"),
        ("project", "project/.claude/settings.json"),
        ("local", "project/.claude/settings.local.json"),
    ],
)
def test_scope_names_the_file_of_claude_code(home: Path, scope: str, place: str) -> None:
    assert run("apply", "--scope", scope, "--set", "env.A=1") == 0
    assert json.loads((home.parent / place).read_text()) == {"env": {"A": "1"}}


def test_generated_file_is_merged_into_the_settings(settings: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert run("generate", "--gateway", "litellm", "--models", "gemini-2.5-pro", "--output", str(out)) == 0
    assert run("apply", str(out / "settings.json")) == 0
    merged = json.loads(settings.read_text())
    wanted = json.loads((out / "settings.json").read_text())
    assert merged["env"] == {"FOO": "1", **wanted["env"]}
    assert merged["permissions"] == {"allow": ["Bash(ls)"]}


def test_change_that_makes_the_file_wrong_is_refused(settings: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("apply", "--set", "permissions.allow=word") == 1
    assert "Nothing was written" in capsys.readouterr().err
    assert settings.read_text() == SETTINGS
    assert run("apply", "--set", "permissions.allow=word", "--although-invalid") == 0


def test_error_that_was_there_before_does_not_stop_a_change(settings: Path) -> None:
    settings.write_text('{"permissions": {"allow": "word"}}')
    assert run("apply", "--set", "env.A=1") == 0


def test_file_of_another_tool_is_left_alone(home: Path, settings: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / ".litellm").mkdir()
    (home / ".litellm" / "claude_settings_backup.json").write_text("{}")
    assert run("apply", "--set", "env.A=1") == 1
    said = capsys.readouterr().err
    assert "lite up" in said
    assert "lite down" in said
    assert settings.read_text() == SETTINGS
    assert run("apply", "--set", "env.A=1", "--although-managed") == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("apply",), "nothing to change"),
        (("apply", "--set", "x"), "no ="),
        (("apply", "--scope", "usr", "--set", "a=1"), "did you mean user"),
        (("apply", "--scope", "user", "--to", "x.json", "--set", "a=1"), "Give one of them"),
        (("apply", "--to", "x.toml", "--set", "a=1"), r"x.toml"),
        (("apply", "missing.json"), "missing.json"),
        (("apply", "--set", "env.A=1", "--set", "env.A=2"), "contradict each other: env.A"),
        (("apply", "--set", "env.A=1", "--unset", "env.A"), "contradict each other: env.A"),
        (("apply", "--set", "model=a", "--set", "model.b=1"), "contradict each other: model and model.b"),
        (("rollback",), "no change"),
    ],
)
def test_wrong_request_is_explained(
    home: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    del home
    assert run(*arguments) in (1, 2)
    assert said in capsys.readouterr().err


def test_other_files_are_changed_where_they_are(home: Path) -> None:
    del home
    yaml, env = Path("config.yaml"), Path(".env")
    yaml.write_text("# mine\nlitellm_settings:\n  drop_params: true # why\n")
    env.write_text("A=1 # one\n")
    assert run("apply", "--to", str(yaml), "--set", "litellm_settings.num_retries=3") == 0
    assert run("apply", "--to", str(env), "--set", "B=x y") == 0
    assert yaml.read_text() == "# mine\nlitellm_settings:\n  drop_params: true # why\n  num_retries: 3\n"
    assert env.read_text() == "A=1 # one\nB='x y'\n"
    assert run("rollback") == 0
    assert env.read_text() == "A=1 # one\n"


def test_no_line_of_a_private_key_beside_a_change_is_shown(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    del home
    body = ["q7Zt" * 16 for _ in range(6)]
    begin, end = (f"-----{word} PRIVATE {'KEY'}-----" for word in ("BEGIN", "END"))
    key = "\n".join([begin, *body, end])
    Path(".env").write_text(f"KEY='{key}'\nA=1\n")
    for arguments in (("diff", "--set", "A=2"), ("apply", "--set", "A=2"), ("rollback",)):
        to = ("--to", ".env") if arguments[0] != "rollback" else ()
        shown = answered(capsys, *arguments, *to)["config"][0]["content"]
        assert "A=1" in shown
        assert body[0] not in shown


def test_env_as_a_whole_is_given_as_json(settings: Path) -> None:
    assert run("apply", "--set", 'env={"A": "2"}') == 0
    assert json.loads(settings.read_text())["env"] == {"A": "2"}


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity"])
def test_words_that_are_no_json_are_text(home: Path, word: str) -> None:
    assert run("apply", "--to", "x.json", "--set", f"a={word}") == 0
    assert json.loads(Path("x.json").read_text()) == {"a": word}
    assert home.exists()


def test_setting_beside_several_files_is_refused(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("new").mkdir()
    for name in ("settings.json", "other.json"):
        (Path("new") / name).write_text('{"a": 1}')
    assert run("apply", "new/settings.json", "new/other.json", "--set", "env.A=1") == 2
    assert "in which one" in capsys.readouterr().err
    assert not (home / ".claude" / "settings.json").exists()


def test_file_is_not_merged_into_itself(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("own.json").write_text('{"a": 1}')
    assert run("apply", "own.json") == 2
    assert "into itself" in capsys.readouterr().err
    assert home.exists()


@pytest.mark.parametrize("content", ["null", " null\n", "5", "true"])
def test_json_without_a_mapping_is_refused(settings: Path, capsys: pytest.CaptureFixture[str], content: str) -> None:
    settings.write_text(content)
    assert run("apply", "--set", "env.A=1") == 1
    assert "at its top, not a mapping" in capsys.readouterr().err
    assert settings.read_text() == content


def test_link_that_leads_to_itself_is_named(settings: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings.unlink()
    settings.symlink_to(settings)
    assert run("apply", "--set", "env.A=1") == 1
    assert "leads nowhere" in capsys.readouterr().err


@pytest.mark.parametrize("verb", ["diff", "apply"])
def test_file_with_a_second_name_is_said(
    settings: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], verb: str
) -> None:
    (tmp_path / "second.json").hardlink_to(settings)
    assert "a hard link" in str(answered(capsys, verb, "--set", "env.A=1")["context"])
    assert (tmp_path / "second.json").read_text() == SETTINGS
