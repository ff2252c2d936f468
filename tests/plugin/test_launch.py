"""The launcher: builds once, survives being killed, and is not fooled by the user's project."""

from __future__ import annotations

import ast
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from small_plugin import HELLO, REPOSITORY, Plugin

FOLDER = REPOSITORY / "plugin"


@pytest.fixture
def launch(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    return load("launch", monkeypatch)


@pytest.fixture
def build(monkeypatch: pytest.MonkeyPatch, launch: ModuleType) -> ModuleType:
    return load("build", monkeypatch)


def load(name: str, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script as a module of its own; nothing stays behind in ``sys``."""
    module = ModuleType(name)
    module.__file__ = str(FOLDER / f"{name}.py")
    monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setattr(sys, "path", list(sys.path))
    exec(compile((FOLDER / f"{name}.py").read_text(encoding="utf-8"), module.__file__, "exec"), module.__dict__)
    return module


def age(path: Path, days: float) -> None:
    then = time.time() - days * 24 * 3600
    os.utime(path, (then, then))


class Held:
    """A build that waits: ``started`` returns when its uv is at work, ``go`` lets it finish."""

    def __init__(self, folder: Path) -> None:
        self.variables = {"UV_STARTED": str(folder / "started"), "UV_GO": str(folder / "go")}
        for path in self.variables.values():
            os.mkfifo(path)
        # Open both ways, so that neither side of a FIFO ever waits for a process that has gone.
        self.signal, self.release = (os.open(path, os.O_RDWR) for path in self.variables.values())

    def started(self) -> None:
        assert select.select([self.signal], [], [], 30)[0], "uv was not started"

    def go(self) -> None:
        os.write(self.release, b"go\n")

    def close(self) -> None:
        os.close(self.signal)
        os.close(self.release)


@pytest.fixture
def held(tmp_path: Path) -> Iterator[Held]:
    held = Held(tmp_path)
    yield held
    held.close()


# ---- any Python ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["launch.py", "build.py"])
def test_the_launcher_parses_on_python_3_6(name: str) -> None:
    ast.parse((FOLDER / name).read_text(encoding="utf-8"), feature_version=(3, 6))


@pytest.mark.parametrize("name", ["launch.py", "build.py"])
def test_the_launcher_imports_only_the_standard_library(name: str) -> None:
    tree = ast.parse((FOLDER / name).read_text(encoding="utf-8"))
    imported = {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    imported |= {str(n.module) for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    assert imported - set(sys.stdlib_module_names) <= {"launch"}


def test_an_old_python_without_uv_says_one_sentence(build: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build, "OLDEST", (99, 0))
    monkeypatch.setenv("PATH", "")
    with pytest.raises(Exception, match=r"needs uv, or Python 3\.10 or newer; this is Python 3.*LLM_GATEWAY_PYTHON"):
        build.ways("somewhere")


def test_an_old_python_with_uv_lets_uv_choose_the_python(
    build: ModuleType, monkeypatch: pytest.MonkeyPatch, plugin: Plugin
) -> None:
    monkeypatch.setattr(build, "OLDEST", (99, 0))
    monkeypatch.setenv("PATH", plugin.environment["PATH"])
    ((make, _),) = build.ways("somewhere")
    assert make[1:4] == ["venv", "--python", ">=3.10"]


def test_a_python_without_ensurepip_names_the_package(build: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ensurepip", None)  # makes the import fail
    monkeypatch.setenv("PATH", "")
    with pytest.raises(Exception, match=r"has no ensurepip\. Install the package python3-venv"):
        build.ways("somewhere")


def test_windows_runs_the_server_instead_of_becoming_it(
    launch: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(launch, "WINDOWS", True)
    python = Path(launch.python_in(launch.environment_in(str(tmp_path))))
    assert python.parts[-2:] == ("Scripts", "python.exe")
    python.parent.mkdir(parents=True)
    python.touch()
    asked: list[list[str]] = []
    monkeypatch.setattr(launch.subprocess, "call", lambda command: asked.append(command) or 7)
    assert launch.serve(str(tmp_path)) == 7
    assert asked == [launch.server_command(str(python.parent.parent))]


# ---- starting --------------------------------------------------------------------------------------------------


def test_the_first_start_builds_and_the_second_needs_neither_uv_nor_pip(plugin: Plugin) -> None:
    told = plugin.told(plugin.run())
    assert told["arguments"] == ["serve"]
    assert told["cwd"] == str(plugin.project)
    assert plugin.uv_calls() == ["venv --python", "pip install"]
    plugin.told(plugin.run(PATH=""))
    assert plugin.uv_calls() == ["venv --python", "pip install"]
    assert len(plugin.environments()) == 1
    assert plugin.leftovers() == []


def test_standard_output_belongs_to_the_protocol(plugin: Plugin) -> None:
    done = plugin.run()
    plugin.told(done)  # refuses a second line
    assert "uv speaks on standard output" in done.stderr


def test_nothing_in_the_project_or_in_pythonpath_replaces_a_module(plugin: Plugin, tmp_path: Path) -> None:
    hostile = tmp_path / "hostile"
    for place in (plugin.project, hostile):
        (place / "mcp_server").mkdir(parents=True)
        (place / "mcp_server" / "__init__.py").write_text("")
        for name in ("mcp_server/cli", "yaml_of_the_plugin", "json", "subprocess", "sitecustomize", "pip", "venv"):
            (place / f"{name}.py").write_text("import os; os._exit(99)\n")
    shutil.copy(plugin.root.parent / "bin" / "uv", plugin.project / "uv")
    for _cold_then_warm in range(2):
        told = plugin.told(plugin.run(PYTHONPATH=f"{hostile}:.", PYTHONHOME="", PYTHONSTARTUP="json.py"))
        assert Path(told["file"]).parent == plugin.root / "mcp_server"
        assert told["yaml"] == "ours"


def test_a_uv_that_lies_in_the_project_is_not_run(
    build: ModuleType, monkeypatch: pytest.MonkeyPatch, plugin: Plugin
) -> None:
    shutil.copy(plugin.root.parent / "bin" / "uv", plugin.project / "uv")
    monkeypatch.chdir(plugin.project)
    monkeypatch.setenv("PATH", ".")
    assert [commands[0][1:4] for commands in build.ways("somewhere")] == [["-I", "-m", "venv"]]


def test_the_path_may_be_neither_ascii_nor_free_of_spaces_in_any_locale(plugin: Plugin) -> None:
    told = plugin.told(plugin.run(LC_ALL="C", PYTHONCOERCECLOCALE="0", PYTHONUTF8="0"))
    assert Path(told["file"]).parent == plugin.root / "mcp_server"


def test_without_a_data_folder_the_users_cache_is_used(plugin: Plugin, tmp_path: Path) -> None:
    for given in ("", "${CLAUDE_PLUGIN_DATA}"):
        plugin.told(plugin.run(CLAUDE_PLUGIN_DATA=given, XDG_CACHE_HOME=str(tmp_path / "cache")))
    assert len(list((tmp_path / "cache" / "llm-gateway" / "plugin").glob("venv-*"))) == 1


def test_a_changed_pyproject_gets_an_environment_of_its_own(plugin: Plugin) -> None:
    plugin.told(plugin.run())
    with (plugin.root / "pyproject.toml").open("a") as file:
        file.write("# one more dependency\n")
    plugin.told(plugin.run())
    assert len(plugin.environments()) == 2


def test_an_environment_whose_interpreter_has_gone_is_built_again(plugin: Plugin) -> None:
    plugin.told(plugin.run())
    (environment,) = plugin.environments()
    (environment / "bin" / "python").unlink()
    (environment / "bin" / "python").symlink_to("/nowhere/python")
    plugin.told(plugin.run())
    assert plugin.environments() == [environment]


# ---- together and killed ---------------------------------------------------------------------------------------


def test_two_first_starts_at_once_build_once(plugin: Plugin, held: Held) -> None:
    first = plugin.start(**held.variables)
    held.started()
    second = plugin.start()
    assert second.stderr is not None
    assert b"first start" in second.stderr.readline()
    held.go()
    for process in (first, second):
        out, err = process.communicate((json.dumps(HELLO) + "\n").encode(), timeout=60)
        assert process.returncode == 0, err
        assert len(out.splitlines()) == 1
    assert plugin.uv_calls() == ["venv --python", "pip install"]
    assert plugin.leftovers() == []


def test_the_build_goes_on_when_the_client_kills_the_start(plugin: Plugin, held: Held) -> None:
    process = plugin.start(**held.variables)
    held.started()
    os.killpg(process.pid, signal.SIGKILL)  # everything that was started in the client's reach
    process.communicate()
    assert plugin.environments() == []
    held.go()
    plugin.told(plugin.run())  # waits for that build instead of making another
    assert plugin.uv_calls() == ["venv --python", "pip install"]


def test_a_killed_build_leaves_nothing_that_the_next_start_trips_over(plugin: Plugin, held: Held) -> None:
    process = plugin.start(**held.variables)
    held.started()
    (builder,) = (int(pid) for pid in children(process.pid))
    os.killpg(builder, signal.SIGKILL)  # the builder and its uv, which share a session
    _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert b"the build ended with code -9" in err
    assert len(plugin.leftovers()) == 1
    plugin.told(plugin.run())
    assert len(plugin.environments()) == 1
    assert plugin.leftovers() == []


def children(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def test_only_environments_unused_for_two_weeks_are_removed(plugin: Plugin) -> None:
    for name, days in (("venv-old", 15), ("venv-new", 13), ("building-dead", 0)):
        (plugin.data / name).mkdir(parents=True)
        age(plugin.data / name, days)
    plugin.told(plugin.run())
    assert not (plugin.data / "venv-old").exists()
    assert (plugin.data / "venv-new").exists()
    assert plugin.leftovers() == []


def test_a_start_marks_its_environment_as_used(plugin: Plugin) -> None:
    plugin.told(plugin.run())
    (environment,) = plugin.environments()
    age(environment, 20)
    plugin.told(plugin.run())
    assert time.time() - environment.stat().st_mtime < 3600


# ---- pip -------------------------------------------------------------------------------------------------------


def test_pip_takes_over_when_uv_fails_and_nothing_is_written_elsewhere(plugin: Plugin, tmp_path: Path) -> None:
    before, target = sorted(plugin.root.rglob("*")), tmp_path / "target"
    settings = {"PIP_USER": "1", "PIP_TARGET": str(target), "PIP_NO_INDEX": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    done = plugin.run(UV_FAILS="error: Failed to fetch", **settings)
    plugin.told(done)
    assert "error: Failed to fetch" in done.stderr
    assert "-m pip install" in done.stderr
    assert not target.exists()
    bytecode = {path for path in plugin.root.rglob("*") if "__pycache__" in path.parts and "plugin" not in path.parts}
    assert sorted(set(plugin.root.rglob("*")) - bytecode) == before


def test_without_a_network_one_sentence_says_so(plugin: Plugin) -> None:
    plugin.without_uv(requires='"hatchling"')
    offline = {"PIP_INDEX_URL": "http://127.0.0.1:1/simple", "PIP_RETRIES": "1", "PIP_DEFAULT_TIMEOUT": "1"}
    done = plugin.run(**offline)
    assert done.returncode == 1
    assert done.stdout == ""
    last = done.stderr.splitlines()[-1]
    assert last.startswith("llm-gateway: the package index cannot be reached")
    assert "PIP_INDEX_URL" in last
    assert plugin.leftovers() == []
    assert plugin.environments() == []


@pytest.mark.parametrize(
    ("said", "meaning"),
    [
        ("cause: No space left on device (os error 28)", "disk is full"),
        ("cause: client error (Connect)\n  cause: invalid peer certificate: UnknownIssuer", "not trusted here"),
        ("(Caused by SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED]", "not trusted here"),
        ("cause: client error (Connect)\n  cause: tunnel error: proxy authorization required", "proxy does not let"),
        ("connection broken by 'ProxyError('Cannot connect to proxy.', OSError('", "proxy does not let"),
        ("hint: lack of valid authentication credentials (401 Unauthorized)", "refuses access"),
        ("error: No interpreter found for Python >=3.10 in managed installations", "uv could not get one"),
        ("cause: client error (Connect)\n  cause: dns error", "cannot be reached"),
        ("after connection broken by 'NewConnectionError('<pip._vendor", "cannot be reached"),
        ("Downloading x (407 kB)\nERROR: No matching distribution found for hatchling>=1.27", "does not offer"),
    ],
)
def test_different_causes_get_different_sentences(build: ModuleType, said: str, meaning: str) -> None:
    sentence = build.reason(said)
    assert meaning in sentence
    assert sentence.endswith("Then restart Claude Code.")
    assert "\n" not in sentence


def test_an_unknown_failure_points_at_the_whole_output(plugin: Plugin) -> None:
    plugin.without_uv()
    (plugin.root / "backend.py").write_text("raise RuntimeError('the backend is broken')\n")
    done = plugin.run(PIP_NO_INDEX="1")
    assert done.returncode == 1
    log = plugin.data / "build.log"
    assert str(log) in done.stderr.splitlines()[-1]
    assert "the backend is broken" in log.read_text(encoding="utf-8")


# ---- what cannot work ------------------------------------------------------------------------------------------


def test_a_data_folder_that_cannot_be_written_is_named(plugin: Plugin, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = plugin.run(CLAUDE_PLUGIN_DATA=str(tmp_path / "file" / "data"))
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith(f"llm-gateway: the plugin's data folder {tmp_path}/file/data cannot")


def test_a_plugin_without_pyproject_says_reinstall(plugin: Plugin) -> None:
    (plugin.root / "pyproject.toml").unlink()
    done = plugin.run()
    assert (done.returncode, done.stdout) == (1, "")
    assert "has no pyproject.toml. Reinstall the plugin." in done.stderr


def test_an_unknown_argument_is_refused(plugin: Plugin) -> None:
    done = plugin.run("--chekc")
    assert (done.returncode, done.stdout) == (1, "")
    assert "launch.py takes --check [FOLDER], or no argument at all." in done.stderr


# ---- --check ---------------------------------------------------------------------------------------------------


def report(done: subprocess.CompletedProcess[str]) -> dict[str, str]:
    return {line[:12].strip(): line[13:] for line in done.stdout.splitlines()}


def test_check_builds_what_is_missing_and_sees_the_server_answer(plugin: Plugin, tmp_path: Path) -> None:
    folder = tmp_path / "given"
    done = plugin.run("--check", str(folder))
    rows = report(done)
    assert done.returncode == 0, done.stdout
    assert rows["environment"] == "not built yet; building it now"
    assert rows["uv"] == str(plugin.root.parent / "bin" / "uv")
    assert rows["server"].startswith("small 1 answered in ")
    assert rows["result"].startswith("The server starts.")
    (environment,) = folder.glob("venv-*")
    assert report(plugin.run("--check", str(folder)))["environment"] == environment.name


def test_check_tells_why_the_server_does_not_start(plugin: Plugin) -> None:
    (plugin.root / "yaml_of_the_plugin.py").unlink()
    done = plugin.run("--check")
    assert done.returncode == 1
    result = report(done)["result"]
    assert result.startswith("The server cannot start: it ended instead of answering; its last words: ModuleNotFound")
    assert "reinstall the plugin" in result


def test_check_tells_why_the_environment_cannot_be_built(plugin: Plugin) -> None:
    plugin.without_uv(requires='"hatchling"')
    done = plugin.run("--check", PIP_INDEX_URL="http://127.0.0.1:1/simple", PIP_RETRIES="1")
    assert done.returncode == 1
    assert report(done)["result"].startswith("The server cannot start: the package index cannot be reached")


def test_check_gives_up_on_a_server_that_does_not_answer(
    plugin: Plugin, launch: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    plugin.told(plugin.run())
    (environment,) = plugin.environments()
    monkeypatch.setattr(launch, "PATIENCE", 0.2)
    monkeypatch.setattr(launch, "SERVE", "import threading; threading.Event().wait()")
    with pytest.raises(launch.LaunchError, match="gave no answer within"):
        launch.try_server(str(environment))
