from __future__ import annotations

import io
import json
import os
import re
import shlex
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from mcp_server import __version__
from mcp_server.cli import _parser, main
from mcp_server.net.ports import free_port

GENERATE = ["generate", "--models", "gemini-2.5-pro,codestral", "--vertex-project", "my-project"]


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    out, err = capsys.readouterr()
    return int(caught.value.code or 0), out, err


def test_version_is_the_packages_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "--version") == (0, f"llm-gateway {__version__}\n", "")


def test_generate_prints_four_sections_and_writes_nothing(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = run(capsys, *GENERATE)
    assert code == 0
    assert err == ""
    for heading in ("Quick Answer", "Config", "Verification", "Context"):
        assert f"── {heading} ─" in out
    assert list(tmp_path.iterdir()) == []


def test_json_is_the_same_answer(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = run(capsys, *GENERATE, "--json")
    answer = json.loads(out)
    assert code == 0
    assert list(answer)[:2] == ["verdict", "quick_answer"]
    assert {"config", "verification", "context"} <= set(answer)


def test_generated_files_are_written_on_request_and_accepted_by_validate(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code, _, _ = run(capsys, *GENERATE, "--output", str(tmp_path / "new"))
    assert code == 0
    config = tmp_path / "new" / "litellm-config.yaml"
    code, out, _ = run(capsys, "validate", str(config), "--environment", "ignore", "--json")
    assert [f for f in json.loads(out).get("findings", []) if f["severity"] == "error"] == []
    before = config.read_bytes()
    code, _, err = run(capsys, *GENERATE, "--output", str(tmp_path / "new"))
    assert code == 2
    assert "exists already" in err
    assert config.read_bytes() == before


def test_a_folder_that_cannot_be_written_leaves_nothing_behind(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("mine")
    code, _, err = run(capsys, *GENERATE, "--output", str(tmp_path / "file"))
    assert code == 1
    assert "cannot write into" in err
    assert (tmp_path / "file").read_text() == "mine"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["generate", "--models", "gemini-2.5-prro"], "gemini-2.5-pro"),
        (["generate", "--gateway", "litelm", "--models", "codestral"], "litellm"),
        (["validate", "no/such/file.yaml"], "no/such/file.yaml"),
        (["test-model", "m", "--base-url", "127.0.0.1:4000", "--level", "status"], "http"),
    ],
)
def test_wrong_requests_end_in_one_clear_sentence(
    capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    code, out, err = run(capsys, *arguments)
    assert code in (1, 2, 3)
    assert said in out + err
    assert "Traceback" not in out + err


def test_validate_reads_standard_input(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"model_list: {}\n")))
    code, out, _ = run(capsys, "validate", "-", "--kind", "litellm")
    assert code == 1
    assert "ERRORS" in out


def test_validate_shows_the_line_with_a_caret_under_the_mistake(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "config.yaml"
    file.write_text("model_list:\n  - model_name: m\n    litellm_params:\n      modell: vertex_ai/gemini-3.5-flash\n")
    _, out, _ = run(capsys, "validate", str(file))
    lines = out.splitlines()
    (shown,) = [n for n, line in enumerate(lines) if line == "    4 |       modell: vertex_ai/gemini-3.5-flash"][:1]
    assert lines[shown + 1] == "              ^"


def test_a_gateway_that_is_not_there_is_a_problem_found(capsys: pytest.CaptureFixture[str]) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    code, out, _ = run(capsys, "test-model", "m", "--base-url", url, "--level", "status", "--json")
    assert code == 1
    assert json.loads(out)["findings"][0]["id"] == "gateway_unreachable"


def test_diagnose_of_nothing_decisive_says_unknown(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, out, _ = run(capsys, "diagnose", "npm ERR! code ELIFECYCLE", "--json")
    assert code == 3
    assert json.loads(out)["verdict"] == "unknown"


def test_a_closed_pipe_is_no_error(tmp_path: Path) -> None:
    program = "from mcp_server.cli import main; main()"
    command = [sys.executable, "-I", "-c", program, *GENERATE]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ})
    assert process.stdout is not None
    process.stdout.close()
    _, err = process.communicate(timeout=60)
    assert b"Traceback" not in err


@pytest.mark.parametrize("shadow", ["mcp_server", "yaml", "httpx"])
def test_a_folder_of_the_users_project_cannot_stand_in_for_our_modules(tmp_path: Path, shadow: str) -> None:
    (tmp_path / shadow).mkdir()
    (tmp_path / shadow / "__init__.py").write_text("raise SystemExit('hijacked')")
    program = "from mcp_server.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-I", "-c", program, *GENERATE],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "hijacked" not in done.stdout + done.stderr


def test_a_port_in_use_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        code, _, err = run(capsys, "serve", "--http", "--port", str(port))
    assert code == 1
    assert f"port {port} on 127.0.0.1 is in use" in err


def readme_commands() -> list[list[str]]:
    readme = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
    blocks = "".join(re.findall(r"^```sh\n(.*?)^```$", readme, re.MULTILINE | re.DOTALL))
    calls = re.findall(r"^(?:.*\| )?llm-gateway ([a-z].*)$", blocks, re.MULTILINE)
    return [shlex.split(call, comments=True) for call in calls]


def test_the_readmes_examples_are_commands_that_exist_and_agree(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    commands = readme_commands()
    shown = {c[0] for c in commands}
    assert shown >= {"generate", "validate", "test-model", "check-proxy", "diagnose", "explain", "report"}
    assert shown >= {"compatibility", "drill", "lab", "apply"}
    for command in commands:
        assert _parser().parse_args(command).verb == command[0]
    generate = next(c for c in commands if c[0] == "generate")
    validate = next(c for c in commands if c[0] == "validate")
    assert run(capsys, *generate)[0] == 0
    code, out, _ = run(capsys, *validate, "--json")
    assert code == 1  # retired models
    assert "model-retired" in {f["id"] for f in json.loads(out)["findings"]}


@pytest.mark.parametrize("command", ["demo", "drill fallback", "lab up --list-faults", "up --lab"])
def test_a_command_of_the_laboratory_names_the_package_that_is_missing(command: str, tmp_path: Path) -> None:
    program = f"import sys; sys.modules['starlette'] = None\nfrom mcp_server.cli import main; main({command.split()!r})"
    environment = {**os.environ, "HOME": str(tmp_path), "LLM_GATEWAY_STATE": str(tmp_path / "state")}
    done = subprocess.run(
        [sys.executable, "-I", "-c", program],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "needs the package starlette" in done.stderr
    assert "llm-gateway-assistant[lab]" in done.stderr
