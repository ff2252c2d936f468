from __future__ import annotations

import resource
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from gateway_home import CONFIG, SERVES, Home

from mcp_server.errors import GatewayError, UsageError
from mcp_server.operations import down
from mcp_server.operations.up import Wish, run

pytestmark = pytest.mark.anyio


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    home = Home(tmp_path)
    yield home
    home.end()


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        (Wish(lab=True, config="x.yaml"), "--config and --lab contradict"),
        (Wish(config="x.yaml", models=("gemini-2.5-pro",)), "--config and --models contradict"),
        (Wish(config="x.yaml", vertex_project="p", routing="x"), "--vertex-project, --routing contradict"),
        (Wish(lab=True, vertex_project="my-project"), "laboratory has a project"),
        (Wish(port=70_000), "70000 is no port"),
        (Wish(port=-1), "-1 is no port"),
        (Wish(scope="managed"), "scope 'managed' does not fit"),
        (Wish(wait=0), "--wait 0"),
        (Wish(wait=float("nan")), "--wait nan"),
    ],
)
async def test_contradictions_are_refused_before_anything_is_touched(wish: Wish, words: str, home: Home) -> None:
    before = home.listing()
    with pytest.raises(UsageError) as caught:
        await run(wish, lambda _: None, lambda _: False)
    assert words in caught.value.problem
    assert home.listing() == before


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no YAML mapping"),
        ("model_list: [", "no YAML mapping"),
        ("- a\n", "no YAML mapping"),
        ("model_list: []\n", "names no model"),
        ("model_list:\n  - model_name: '*'\n    litellm_params: {model: anthropic/*}\n", "names no model"),
        (CONFIG.replace("os.environ/LITELLM_MASTER_KEY", "sk-in-clear-in-clear"), "master_key in clear"),
        (CONFIG.replace("litellm_params", "litellm_parms"), "litellm.yaml:"),
    ],
)
def test_a_broken_file_is_refused_with_its_place(text: str, words: str, home: Home) -> None:
    path = home.config(text)
    before = home.listing()
    done = home.run("up", "--config", path, "--litellm", home.program(SERVES), "--port", "0", "--detach")
    assert done.returncode in (1, 2)
    assert words in done.stderr
    assert "sk-in-clear" not in done.stderr
    assert "Traceback" not in done.stderr
    assert {Path(line.split()[0]).name for line in home.listing() ^ before} == {"fake-litellm"}
    assert home.processes() == set()


def test_a_provider_key_that_is_not_set_is_told_with_its_name(home: Home) -> None:
    path = home.config(CONFIG.replace("os.environ/UPSTREAM_KEY", "os.environ/NOWHERE_SET"))
    done = home.run("up", "--config", path, "--litellm", home.program(SERVES), "--port", "0", "--detach")
    assert "NOWHERE_SET" in done.stdout


def test_a_proxy_of_the_shell_that_swallows_loopback_is_no_green(home: Home) -> None:
    arguments = ("up", "--config", home.config(), "--litellm", home.program(SERVES), "--port", "0", "--detach")
    done = home.run(*arguments, more={"HTTP_PROXY": "http://127.0.0.1:9"})
    assert done.returncode == 1
    assert "proxy" in done.stdout
    assert "127.0.0.1:9" in done.stdout


def test_a_file_that_does_not_exist_is_named(home: Home) -> None:
    done = home.run("up", "--config", "nowhere.yaml", "--port", "0")
    assert done.returncode == 1
    assert "nowhere.yaml does not exist" in done.stderr


def test_a_port_in_use_is_named_with_its_holder(home: Home) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        before = home.listing()
        done = home.run("up", "--config", home.config(), "--port", str(port))
        assert done.returncode == 1
        assert f"port {port} on 127.0.0.1 is in use by process" in done.stderr
        assert "--port" in done.stderr
    assert {Path(line.split()[0]).name for line in home.listing() ^ before} == {"litellm.yaml"}


def test_a_crash_at_start_shows_the_programs_own_reason_and_leaves_nothing(home: Home) -> None:
    dies = home.program("print('ValueError: the master key sk-planted-planted is known'); raise SystemExit(3)")
    config = home.config()
    before = home.listing()
    done = home.run("up", "--config", config, "--litellm", dies, "--port", "0")
    assert done.returncode == 1
    assert "litellm ended with exit code 3 instead of starting: ValueError" in done.stderr
    assert "sk-planted" not in done.stderr
    assert home.listing() == before
    assert home.processes() == set()


def test_a_gateway_that_never_gets_ready_is_stopped(home: Home) -> None:
    never = home.program("import time\ntime.sleep(600)\n")
    done = home.run("up", "--config", home.config(), "--litellm", never, "--port", "0", "--wait", "1")
    assert done.returncode == 1
    assert "did not become ready within 1 s" in done.stderr
    assert home.processes() == set()


def test_a_program_that_does_not_exist_is_named(home: Home) -> None:
    done = home.run("up", "--config", home.config(), "--litellm", "no-such-litellm", "--port", "0")
    assert done.returncode == 2
    assert "no-such-litellm" in done.stderr
    assert not (home.home / ".local").exists()


def test_a_key_file_with_something_else_in_it_is_named_and_left(home: Home) -> None:
    key = home.home / ".config" / "llm-gateway" / "litellm.key"
    key.parent.mkdir(parents=True)
    key.write_text("not a key\n")
    done = home.run("up", "--config", home.config(), "--litellm", home.program(SERVES), "--port", "0")
    assert done.returncode == 1
    assert "litellm.key holds no key that LiteLLM takes" in done.stderr
    assert key.read_text() == "not a key\n"


def test_missing_project_and_credentials_are_said_before_anything_starts(home: Home) -> None:
    done = home.run("up", "--port", "0")
    assert done.returncode == 1
    assert "GOOGLE_CLOUD_PROJECT is not set" in done.stderr
    assert "up --lab" in done.stderr
    assert not (home.home / ".local").exists()


def test_a_state_folder_that_cannot_be_written_is_named(home: Home) -> None:
    done = home.run("up", "--lab", more={"LLM_GATEWAY_STATE": "/proc/no/state"})
    assert done.returncode == 1
    assert "/proc/no/state/gateway cannot be made" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_full_disk_is_named_and_nothing_runs_afterwards(home: Home) -> None:
    command = home.command("up", "--config", home.config(), "--litellm", home.program(SERVES), "--port", "0")
    full = lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # noqa: E731 - every write fails, as on a full disk
    done = subprocess.run(
        command, env=home.environment, cwd=home.project, capture_output=True, text=True, preexec_fn=full, check=False
    )
    assert done.returncode == 1
    assert "cannot be written" in done.stderr
    assert "Traceback" not in done.stderr
    assert home.processes() == set()


@pytest.mark.parametrize("verb", ["status", "logs", "down"])
def test_without_a_gateway_each_command_says_so(verb: str, home: Home) -> None:
    done = home.run(verb)
    assert done.returncode == {"status": 1, "logs": 1, "down": 0}[verb]
    assert "Traceback" not in done.stdout + done.stderr
    assert not (home.home / ".local").exists()


def test_down_during_a_start_names_who_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from mcp_server.run import gateway_state

    monkeypatch.setenv("LLM_GATEWAY_STATE", str(tmp_path))
    with gateway_state.held() as lock:
        assert lock is not None
        with pytest.raises(GatewayError, match=r"being started or stopped just now by process \d+"):
            down.run()
