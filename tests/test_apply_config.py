"""The one tool that writes: through the official client, in both protocol eras, with people who answer in every way."""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal

import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters
from mcp.types import CallToolResult, ElicitResult, Implementation

from mcp_server.cli import main
from mcp_server.server import build_server

pytestmark = pytest.mark.anyio
modes = pytest.mark.parametrize("mode", ["auto", "legacy"])
Mode = Literal["auto", "legacy"]
SECRET = "-".join(("sk", "ant", "api03", "planted" * 4))
BEFORE = f'{{\n    "model": "opus",\n    "env": {{"FOO": "1", "KEY": "{SECRET}"}}\n}}'
PORTKEY = {"action": "apply", "generated": ["gateway=portkey"]}
URL = '"ANTHROPIC_BASE_URL": "https://api.portkey.ai"'


class Person:
    """Answers every question in one way, after doing something else first, and keeps what was shown."""

    def __init__(
        self, action: Any = "accept", *, before: Callable[[int], None] = lambda _: None, **content: Any
    ) -> None:
        self.action, self.content, self.before = action, content or {"write": True}, before
        self.shown: list[str] = []

    async def __call__(self, context: Any, params: Any) -> ElicitResult:
        self.shown.append(params.message)
        self.before(len(self.shown))
        return ElicitResult(action=self.action, content=self.content if self.action == "accept" else None)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home, project = tmp_path / "home", tmp_path / "project"
    (home / ".claude").mkdir(parents=True)
    project.mkdir()
    for name in ("XDG_STATE_HOME", "LLM_GATEWAY_STATE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.chdir(project)
    return home


@pytest.fixture
def settings(home: Path) -> Path:
    file = home / ".claude" / "settings.json"
    file.write_text(BEFORE)
    return file


async def called(mode: Mode, person: Person | None, arguments: dict[str, Any], server: Any = None) -> CallToolResult:
    client = Client(server or build_server(), mode=mode, elicitation_callback=person)
    async with client:
        return await client.call_tool("apply_config", arguments)


def answer(result: CallToolResult) -> dict[str, Any]:
    assert not result.is_error, result.content
    assert isinstance(result.structured_content, dict)
    return result.structured_content


def refusal(result: CallToolResult) -> str:
    assert result.is_error, result.structured_content
    (block,) = result.content
    assert block.type == "text"
    return block.text


@modes
async def test_after_a_yes_the_shown_change_is_made_and_a_second_yes_takes_it_back(mode: Mode, settings: Path) -> None:
    person = Person()
    made = answer(await called(mode, person, PORTKEY))
    after = settings.read_text()
    assert URL in after
    assert after.startswith(BEFORE[: BEFORE.index('"env"')])
    assert URL in person.shown[0]
    assert made["config"][0]["content"] in person.shown[0]
    assert made["verdict"] == "unknown", "written is not proven"

    listed = answer(await called(mode, None, {"action": "history"}))
    change = listed["context"][0].partition(",")[0]
    assert change in made["quick_answer"]
    assert "portkey" not in listed["context"][0], "the history holds names, never a value"

    answer(await called(mode, person, {"action": "rollback", "change": change}))
    assert settings.read_text() == BEFORE
    assert f"Take change {change} back?" in person.shown[1]
    assert len(person.shown) == 2


@modes
async def test_over_stdio_it_asks_writes_and_rolls_back(mode: Mode, settings: Path) -> None:
    serve = ["-I", "-c", "from mcp_server.cli import main; main()", "serve"]
    environment = {"HOME": os.environ["HOME"], "PATH": os.environ["PATH"]}
    server = StdioServerParameters(command=sys.executable, args=serve, cwd=str(Path.cwd()), env=environment)
    person = Person()
    async with Client(server, mode=mode, elicitation_callback=person) as client:
        answer(await client.call_tool("apply_config", PORTKEY))
        assert URL in settings.read_text()
        answer(await client.call_tool("apply_config", {"action": "rollback"}))
    assert settings.read_text() == BEFORE
    assert [shown.split()[0] for shown in person.shown] == ["Write", "Take"]


@modes
@pytest.mark.parametrize(
    ("person", "said"),
    [
        (Person("decline"), "the user declined"),
        (Person("cancel"), "closed without an answer"),
        (Person("accept", write=False), "without choosing to write"),
        (None, "no way to ask"),
    ],
    ids=["decline", "cancel", "not-ticked", "no-elicitation"],
)
@pytest.mark.parametrize("action", ["apply", "rollback"])
async def test_without_a_yes_nothing_is_written_and_that_is_said(
    mode: Mode, person: Person | None, said: str, action: str, settings: Path
) -> None:
    arguments: dict[str, Any] = PORTKEY
    if action == "rollback":
        answer(await called(mode, Person(), PORTKEY))
        arguments = {"action": "rollback"}
    there = settings.read_bytes()
    found = answer(await called(mode, person, arguments))
    assert found["quick_answer"].startswith("Nothing was written: ")
    assert said in found["quick_answer"]
    assert found["verdict"] != "ok"
    assert URL in found["config"][0]["content"], "the diff is shown all the same"
    assert found["verification"][0]["status"] == "todo"
    assert settings.read_bytes() == there


@pytest.mark.parametrize("there", [True, False])
async def test_the_command_for_a_person_makes_the_same_files(there: bool, settings: Path) -> None:
    project = Path.cwd()
    gateway = project / "litellm-config.yaml"
    if there:
        gateway.write_text("# mine\ngeneral_settings:\n  database_connection_pool_limit: 5\n")
    wish = ["gateway=litellm", "models=codestral", "vertex_project=demo-project", "goal=one that's quick"]
    arguments = {"action": "apply", "generated": wish, "files": ["settings.json", "litellm-config.yaml"]}
    command = answer(await called("auto", None, arguments))["verification"][0]["command"]
    answer(await called("auto", Person(), arguments))
    by_tool = settings.read_bytes(), gateway.read_bytes()
    answer(await called("auto", Person(), {"action": "rollback"}))
    assert settings.read_text() == BEFORE
    assert gateway.exists() is there

    lexer = shlex.shlex(command, posix=True, punctuation_chars="&")
    lexer.whitespace_split = True
    line: list[str] = []
    for word in [*lexer, "&&"]:
        if word != "&&":
            line.append(word)
            continue
        with pytest.raises(SystemExit) as ended:
            main(line[1:])
        assert not ended.value.code, line
        line = []
    import yaml

    assert settings.read_bytes() == by_tool[0]
    assert yaml.safe_load(gateway.read_bytes()) == yaml.safe_load(by_tool[1])
    assert by_tool[1].startswith(b"# mine") is there


@modes
@pytest.mark.parametrize("meanwhile", ["a visible change", "a masked change"])
async def test_a_file_that_changed_before_the_yes_is_never_written_blindly(
    mode: Mode, meanwhile: str, settings: Path
) -> None:
    other = BEFORE.replace('"1"', '"2"') if meanwhile == "a visible change" else BEFORE.replace("plantedp", "changedx")
    assert other != BEFORE

    def edit(question: int) -> None:
        if question == 1:
            settings.write_text(other)

    person = Person(before=edit)
    result = await called(mode, person, PORTKEY)
    if mode == "auto":  # the answer was to another question, so the new diff is asked about
        answer(result)
        assert len(person.shown) == 2
        assert person.shown[0] != person.shown[1]
        assert URL in settings.read_text()
        assert settings.read_text().startswith(other[: other.index("}")])
    else:
        assert "changed after its diff was shown" in refusal(result)
        assert settings.read_text() == other


@modes
async def test_no_secret_reaches_the_question_or_the_answer(mode: Mode, settings: Path) -> None:
    person = Person()
    results = [await called(mode, person, PORTKEY)]
    settings.write_text(settings.read_text())
    results += [await called(mode, person, {"action": "rollback"}), await called(mode, None, PORTKEY)]
    results.append(await called(mode, person, {"action": "apply", "generated": [f"token_env={SECRET}"]}))
    results.append(await called(mode, person, {"action": "apply", "generated": [SECRET]}))
    said = "\n".join([*person.shown, *(result.model_dump_json() for result in results)])
    assert "plantedplanted" not in said
    assert "‹redacted›" in person.shown[0]
    assert SECRET in settings.read_text()


@modes
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"action": "aply"}, "action: input should be 'diff', 'apply', 'rollback' or 'history'"),
        ({"action": "apply"}, "not said what to apply"),
        ({"generated": ["gateway"]}, "has no ="),
        ({"generated": ["gatway=litellm"]}, "Did you mean 'gateway'?"),
        ({"generated": ["gateway=litelm"]}, "Did you mean 'litellm'?"),
        ({"generated": ["scope=user", "scope=local"]}, "twice"),
        ({"generated": ["gateway=litellm"], "files": ["litellm.yaml"]}, "Did you mean litellm-config.yaml?"),
        ({"generated": ["gateway=litellm"], "files": ["../.ssh/config"]}, "no generated file"),
        ({"generated": ["gateway=custom", "goal=nginx"], "files": ["nginx.conf"]}, "no generated file"),
        ({"generated": ["goal=which gateway should we use?"]}, "advice holds no files"),
        ({"generated": ["gateway=portkey", "scope=managed"], "files": ["managed-settings.json"]}, "managed settings"),
        ({"action": "rollback", "change": "c0ffee"}, "there is no change 'c0ffee'"),
        ({"action": "rollback"}, "no change that could be undone"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_what_makes_no_sense_is_refused_with_the_way_out(
    mode: Mode, arguments: dict[str, Any], said: str, home: Path
) -> None:
    person = Person()
    assert said in refusal(await called(mode, person, arguments))
    assert person.shown == []
    assert not list(home.glob(".claude/*"))


async def test_a_link_in_the_project_does_not_lead_the_writing_out_of_it(home: Path) -> None:
    target = home / "target.json"
    target.write_text("{}")
    (Path.cwd() / ".claude").mkdir()
    (Path.cwd() / ".claude" / "settings.json").symlink_to(target)
    person = Person()
    result = await called("auto", person, {"action": "apply", "generated": ["gateway=portkey", "scope=project"]})
    assert "link out of the project" in refusal(result)
    assert (person.shown, target.read_text()) == ([], "{}")


async def test_settings_that_are_a_link_stay_one_and_the_question_names_the_target(settings: Path) -> None:
    kept = settings.parent.parent / "dotfiles.json"
    settings.rename(kept)
    settings.symlink_to(kept)
    person = Person()
    answer(await called("auto", person, PORTKEY))
    assert str(kept) in person.shown[0]
    assert settings.is_symlink()
    assert URL in kept.read_text()


async def test_managed_files_are_never_written_nor_rolled_back(settings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    managed = settings.parent.parent / "managed"
    managed.mkdir()
    monkeypatch.setattr("mcp_server.environment.managed_folder", lambda: managed)
    with pytest.raises(SystemExit):
        main(["apply", "--scope", "managed", "--set", "model=opus"])
    file = managed / "managed-settings.json"
    there = file.read_bytes()
    person = Person()
    assert "managed settings" in refusal(await called("auto", person, {"action": "rollback"}))
    settings.unlink()
    settings.symlink_to(file)
    assert "managed file" in refusal(await called("auto", person, PORTKEY))
    assert (person.shown, file.read_bytes()) == ([], there)


async def test_a_file_that_another_tool_manages_is_left_alone(settings: Path) -> None:
    marker = settings.parent.parent / ".litellm" / "claude_settings_backup.json"
    marker.parent.mkdir()
    marker.write_text("{}")
    assert "managed by lite" in refusal(await called("auto", Person(), PORTKEY))
    assert settings.read_text() == BEFORE


async def test_a_broken_settings_file_is_named_and_left_alone(settings: Path) -> None:
    settings.write_text('{"env": {')
    assert "settings.json:" in refusal(await called("auto", Person(), PORTKEY))
    assert settings.read_text() == '{"env": {'


async def test_a_change_too_long_to_judge_is_not_asked_about(settings: Path) -> None:
    there = json.dumps({"env": {f"NAME_{i}": "x" * 90 for i in range(100)}})
    settings.write_text(there)
    person = Person()
    found = answer(await called("auto", person, PORTKEY))
    assert "too long" in found["quick_answer"]
    assert (person.shown, settings.read_text()) == ([], there)


async def test_nothing_is_asked_when_there_is_nothing_to_change(settings: Path) -> None:
    person = Person()
    answer(await called("auto", person, PORTKEY))
    after = settings.read_bytes()
    found = answer(await called("auto", person, PORTKEY))
    assert found["quick_answer"].startswith("Nothing to change")
    assert (len(person.shown), settings.read_bytes()) == (1, after)


async def test_another_file_of_the_same_name_in_the_project_is_not_replaced(home: Path) -> None:
    there = Path.cwd() / "package.json"
    there.write_text('{"name": "mine"}')
    arguments = {"action": "apply", "generated": ["gateway=zuplo"], "files": ["package.json", "zuplo.jsonc"]}
    assert "exists already with other content" in refusal(await called("auto", Person(), arguments))
    assert [path.name for path in Path.cwd().iterdir()] == ["package.json"]
    found = answer(await called("auto", Person(), {**arguments, "files": ["zuplo.jsonc"]}))
    assert (Path.cwd() / "zuplo.jsonc").is_file()
    assert "config/routes.oas.json" in found["context"][-1], "what was generated besides is named"


@modes
async def test_claude_code_gets_the_diff_in_rows_of_the_form_since_it_cuts_messages(mode: Mode, settings: Path) -> None:
    settings.write_text(BEFORE.replace("opus", "x" * 200))
    forms: list[dict[str, Any]] = []

    async def reads(context: Any, params: Any) -> ElicitResult:
        assert len(params.message) < 300
        forms.append(params.requested_schema["properties"])
        return ElicitResult(action="accept", content={"write": True})

    there = Implementation(name="claude-code", version="2.1.330")
    async with Client(build_server(), mode=mode, elicitation_callback=reads, client_info=there) as client:
        made = answer(await client.call_tool("apply_config", PORTKEY))
    *rows, write = forms[0].values()
    assert (list(forms[0])[-1], write["default"]) == ("write", False)
    shown = "".join(f"\n{row['default']}" for row in rows).replace("\n  … ", "")
    assert [line.rstrip() for line in shown.splitlines() if line] == made["config"][0]["content"].splitlines()
    assert max(len(row["default"]) for row in rows) < 72
    assert all(row["const"] == row["default"] for row in rows), "a row can hold nothing else"


@pytest.mark.parametrize(
    ("offered", "can"),
    [
        (None, False),
        (SimpleNamespace(elicitation=None), False),
        (SimpleNamespace(elicitation=SimpleNamespace(form=None, url=object())), False),
        (SimpleNamespace(elicitation=SimpleNamespace(form=None, url=None)), True),
        (SimpleNamespace(elicitation=SimpleNamespace(form=object(), url=object())), True),
    ],
)
def test_only_a_client_that_shows_forms_is_asked(offered: Any, can: bool) -> None:
    from mcp_server.tools import _can_ask

    assert _can_ask(SimpleNamespace(client_capabilities=offered)) is can  # type: ignore[arg-type]
