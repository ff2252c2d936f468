"""``up``, ``status``, ``logs`` and ``down`` around a program that stands in for LiteLLM."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from gateway_home import CONFIG, SERVES, Home, until

from mcp_server.net.ports import in_use


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    home = Home(tmp_path)
    yield home
    home.end()


@pytest.fixture
def up(home: Home) -> Home:
    home.before = home.listing()  # type: ignore[attr-defined]
    done = home.run("up", "--config", home.config(), "--litellm", home.program(SERVES), "--port", "0", "--detach")
    assert "runs at" in done.stdout, done.stderr
    return home


def port_of(home: Home) -> int:
    import json

    return int(json.loads((home.state / "about.json").read_text())["port"])


def pid_of(home: Home, service: str = "litellm") -> int:
    return int(home.services()[service]["process"]["pid"])


def test_down_leaves_no_file_and_no_process(up: Home) -> None:
    assert up.processes()
    assert up.run("down").returncode == 0
    left = {line.split()[0] for line in up.listing() ^ up.before}  # type: ignore[attr-defined]
    assert {Path(name).name for name in left} == {"litellm.yaml", "fake-litellm"}
    assert up.processes() == set()


def test_status_names_release_address_and_models(up: Home) -> None:
    shown = up.run("status")
    assert shown.returncode == 0
    for word in ("9.8.7", f"127.0.0.1:{port_of(up)}", "claude-opus-5-5"):
        assert word in shown.stdout


def test_everything_is_readable_by_its_owner_only(up: Home) -> None:
    files = [*up.state.iterdir(), up.home / ".config" / "llm-gateway" / "litellm.key"]
    assert {path.stat().st_mode & 0o077 for path in files} == {0}
    assert up.state.stat().st_mode & 0o077 == 0


def test_logs_are_shown_without_credentials_and_control_characters(up: Home) -> None:
    key = (up.home / ".config" / "llm-gateway" / "litellm.key").read_text().strip()
    with (up.state / "litellm.log").open("a") as log:
        log.write("\x1b[31mred\x1b[0m api_key=planted-planted-planted\n")
    shown = up.run("logs", "-n", "5").stdout
    assert "red" in shown
    assert "\x1b" not in shown
    for secret in (key, "planted-planted"):
        assert secret in (up.state / "litellm.log").read_text()
        assert secret not in shown


def test_logs_can_be_followed(up: Home) -> None:
    command = up.command("logs", "-n", "0", "-f")
    with subprocess.Popen(command, env=up.environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = []
        number = 0

        def write() -> bool:
            nonlocal number
            number += 1
            with (up.state / "litellm.log").open("a") as log:
                log.write(f"line {number}\n")
            return number > 100

        import threading

        reader = threading.Thread(target=lambda: lines.append(process.stdout.readline()))  # type: ignore[union-attr]
        reader.start()
        until(lambda: write() or bool(lines))
        process.send_signal(signal.SIGINT)
        reader.join()
    assert lines[0].startswith("line ")


def test_the_client_variables_of_the_shell_do_not_reach_the_gateway(home: Home) -> None:
    more = {"ANTHROPIC_BASE_URL": "http://127.0.0.1:4000"}
    config, program = home.config(), home.program(SERVES)
    home.run("up", "--config", config, "--litellm", program, "--port", "0", "--detach", more=more)
    assert "base None" in (home.state / "litellm.log").read_text()


def test_a_crash_is_followed_by_a_new_start_and_shown(up: Home) -> None:
    first = pid_of(up)
    os.kill(first, signal.SIGKILL)
    until(lambda: up.services()["litellm"]["starts"] == 2 and pid_of(up) != first)
    until(lambda: in_use(port_of(up)))
    shown = up.run("status").stdout
    assert "was ended by SIGKILL" in shown
    assert "started 2 times" in shown


def test_after_a_crash_it_waits_for_a_port_that_somebody_else_took(up: Home) -> None:
    port = port_of(up)
    os.kill(pid_of(up), signal.SIGSTOP)
    os.kill(pid_of(up), signal.SIGKILL)
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)

        def taken() -> bool:
            other.bind(("127.0.0.1", port))
            return True

        until(taken)
        other.listen()
        until(lambda: f"port {port}" in up.services()["litellm"]["waits_for"])
        assert f"process {os.getpid()}" in up.services()["litellm"]["waits_for"]
        assert up.run("status").returncode == 1
    until(lambda: up.services()["litellm"]["process"] is not None)


def test_a_killed_supervisor_is_told_and_cleared_up_by_down(up: Home) -> None:
    supervisor = int(_state(up)["supervisor"]["pid"])
    child = pid_of(up)
    os.kill(supervisor, signal.SIGKILL)
    until(lambda: not Path(f"/proc/{supervisor}").exists() or _zombie(supervisor))
    shown = up.run("status")
    assert shown.returncode == 1
    assert f"Process {child} still runs" in " ".join(shown.stdout.split())
    assert up.run("down").returncode == 0
    assert up.processes() == set()
    assert not up.state.exists()


def test_up_clears_what_a_killed_supervisor_left_and_starts(up: Home) -> None:
    old = up.processes()
    os.kill(int(_state(up)["supervisor"]["pid"]), signal.SIGKILL)
    done = up.run(
        "up", "--config", str(up.project / "litellm.yaml"), "--litellm", str(up.place / "fake-litellm"), "--port", "0",
        "--detach",
    )  # fmt: skip
    assert "runs at" in done.stdout, done.stderr
    assert not up.processes() & old


def test_a_stale_state_with_a_reused_number_kills_nobody(home: Home) -> None:
    import json

    with subprocess.Popen(["sleep", "600"]) as stranger:
        home.state.mkdir(parents=True)
        entry = {"pid": stranger.pid, "born": "another boot:1"}
        service = {"process": entry, "since": "", "starts": 1, "ends": [], "waits_for": ""}
        (home.state / "state.json").write_text(json.dumps({"supervisor": entry, "services": {"litellm": service}}))
        (home.state / "lock").write_text(json.dumps(entry))
        assert home.run("down").returncode == 0
        assert stranger.poll() is None
        stranger.kill()
    assert not home.state.exists()


def test_two_ups_at_once_start_one_gateway(home: Home) -> None:
    arguments = ("up", "--config", home.config(), "--litellm", home.program(SERVES), "--port", "0", "--detach")
    both = [
        subprocess.Popen(
            home.command(*arguments), env=home.environment, cwd=home.project, stderr=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    said = [process.communicate()[1] for process in both]
    assert len([text for text in said if "start LiteLLM" in text]) == 1
    supervisors = [pid for pid in home.processes() if b"supervisor" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    assert len(supervisors) == 1


def test_a_second_up_says_what_runs(up: Home) -> None:
    config, program = str(up.project / "litellm.yaml"), str(up.place / "fake-litellm")
    same = up.run("up", "--config", config, "--litellm", program, "--port", "0", "--detach")
    assert same.returncode == 0
    assert "runs already, as asked" in same.stdout
    other = up.run("up", "--lab")
    assert other.returncode == 1
    assert f"127.0.0.1:{port_of(up)}" in other.stderr
    assert "llm-gateway down" in other.stderr


def test_in_the_foreground_it_ends_with_the_signal_and_leaves_nothing(home: Home) -> None:
    command = home.command("up", "--config", home.config(), "--litellm", home.program(SERVES), "--port", "0")
    with subprocess.Popen(
        command, env=home.environment, cwd=home.project, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if "until Ctrl-C" in line:
                break
        process.send_signal(signal.SIGTERM)
        assert "is stopped" in process.stderr.read()
    assert home.processes() == set()
    assert not home.state.exists()


def test_an_up_that_is_interrupted_leaves_nothing(home: Home) -> None:
    never = home.program("import time\ntime.sleep(600)\n")
    before = home.listing()
    command = home.command("up", "--config", home.config(), "--litellm", never, "--port", "0")
    with subprocess.Popen(command, env=home.environment, cwd=home.project, stderr=subprocess.PIPE) as process:
        until(lambda: home.services()["litellm"]["process"] is not None)
        process.send_signal(signal.SIGINT)
        process.communicate()
    assert {Path(line.split()[0]).name for line in home.listing() ^ before} == {"litellm.yaml"}
    assert home.processes() == set()


def test_a_state_folder_removed_by_hand_ends_the_gateway(up: Home) -> None:
    import shutil

    shutil.rmtree(up.state)
    until(lambda: up.processes() == set())


def test_settings_are_not_applied_for_a_gateway_whose_checks_fail(home: Home) -> None:
    settings = home.home / ".claude" / "settings.json"
    done = home.run(
        "up", "--config", home.config(), "--litellm", home.program(SERVES), "--port", "0", "--apply", "--detach"
    )
    assert done.returncode == 1
    assert "Not applied, because a check failed" in " ".join(done.stdout.split())
    assert not settings.exists()


def test_an_existing_key_is_used_and_kept(home: Home) -> None:
    key = home.home / ".config" / "llm-gateway" / "litellm.key"
    key.parent.mkdir(parents=True)
    key.write_text("sk-of-before-of-before\n")
    config, program = home.config(), home.program(SERVES)
    home.run("up", "--config", config, "--litellm", program, "--port", "0", "--detach")
    assert "key sk-of-before-of-before" in (home.state / "litellm.log").read_text()
    home.run("down")
    assert key.read_text() == "sk-of-before-of-before\n"


def test_a_key_that_the_user_exports_is_taken_and_not_written_down(home: Home) -> None:
    more = {"LITELLM_MASTER_KEY": "sk-exported-exported"}
    config, program = home.config(), home.program(SERVES)
    home.run("up", "--config", config, "--litellm", program, "--port", "0", "--detach", more=more)
    assert "key sk-exported-exported" in (home.state / "litellm.log").read_text()
    others = [path for path in home.state.iterdir() if path.name != "litellm.log"]
    assert not any("sk-exported" in path.read_text() for path in others)
    assert not (home.home / ".config").exists()


def _state(home: Home) -> dict[str, dict[str, int]]:
    import json

    return dict(json.loads((home.state / "state.json").read_text()))


def _zombie(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"


def test_the_stand_in_is_read_as_a_file_of_litellm() -> None:
    from mcp_server.operations.validate_config import check

    found = check(content=CONFIG, kind="litellm", environment="ignore").report.findings
    assert [f for f in found if f.severity != "info"] == []
