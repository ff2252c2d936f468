#!/usr/bin/env python3
"""Starts the MCP server of this plugin; on the first start it has the server's Python environment built.

Standard library only, and it must parse on Python 3.6, so that an old interpreter can still say its one sentence.

    launch.py                   serve on standard input and output (what Claude Code runs)
    launch.py --check [FOLDER]  say what is there and whether the server starts; exit code 1 when it does not

FOLDER is the plugin's data folder; the default is CLAUDE_PLUGIN_DATA, else a folder in the user's cache. It holds
one ``venv-<stamp>`` per plugin version and interpreter, and ``building-*`` while one is being made (build.py).
"""

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
WINDOWS = os.name == "nt"
#: The working directory is the user's project: with -I -c nothing in it, nor in PYTHONPATH, can shadow our modules.
#: ROOT is an argument because Python may misread the .pth file of an editable install when ROOT is not ASCII.
SERVE = "import sys; sys.path.append(sys.argv.pop(1)); from mcp_server.cli import main; sys.exit(main(['serve']))"
#: Claude Code gives a server this long to answer. Seconds.
PATIENCE = 30


class LaunchError(Exception):
    """The server cannot start; the text says why and what to do."""


def main(arguments):
    """Runs the mode that the arguments ask for and returns the exit code."""
    try:
        if not arguments:
            return serve(data_folder())
        if arguments[0] == "--check" and len(arguments) <= 2:
            return check(data_folder(*arguments[1:]))
        raise LaunchError("launch.py takes --check [FOLDER], or no argument at all.")
    except LaunchError as problem:
        sys.stderr.write(f"llm-gateway: {problem}\n")
        return 1
    except KeyboardInterrupt:
        return 130


def data_folder(given=None):
    """The folder given, or the one that Claude Code gives to the plugin, or one in the user's cache."""
    given = given or os.environ.get("CLAUDE_PLUGIN_DATA", "")
    if given and not given.startswith("${"):  # a variable that nobody filled in
        return os.path.abspath(given)
    cache = os.environ.get("LOCALAPPDATA" if WINDOWS else "XDG_CACHE_HOME", "")
    if not os.path.isabs(cache):
        cache = os.path.join(os.path.expanduser("~"), ".cache")
    return os.path.join(cache, "llm-gateway", "plugin")


def environment_in(data):
    """The folder of the environment that fits this plugin version, its place and this interpreter."""
    try:
        with open(os.path.join(ROOT, "pyproject.toml"), "rb") as file:
            stamp = hashlib.sha256(file.read())
    except OSError:
        raise LaunchError(f"the plugin is incomplete: {ROOT} has no pyproject.toml. Reinstall the plugin.") from None
    interpreter = f"{sys.version_info[0]}.{sys.version_info[1]} {sysconfig.get_platform()}"
    stamp.update(os.fsencode(ROOT) + b"\0" + interpreter.encode())
    return os.path.join(data, "venv-" + stamp.hexdigest()[:12])


def python_in(environment):
    """The Python of an environment; it does not exist when the interpreter behind it was removed."""
    return os.path.join(environment, *(("Scripts", "python.exe") if WINDOWS else ("bin", "python")))


def is_built(environment):
    """Whether the environment can be used. It gets its name only when it is complete."""
    return os.path.exists(python_in(environment))


def server_command(environment):
    """What to run so that the server speaks on standard input and output."""
    return [python_in(environment), "-I", "-c", SERVE, ROOT]


def serve(data):
    """Becomes the server. On Windows, which has no exec, runs it and returns its exit code."""
    environment = environment_in(data)
    if not is_built(environment):
        show(f"llm-gateway: first start; building the Python environment in {data}\n")
        build(data, environment, show)
    with contextlib.suppress(OSError):
        os.utime(environment)  # in use: old ones are removed by this time
    command = server_command(environment)
    if WINDOWS:
        return subprocess.call(command)
    try:
        os.execv(command[0], command)  # noqa: S606 - there is no shell to start
    except OSError as error:
        raise LaunchError(f"{environment} cannot be run ({error.strerror}). Delete it and restart.") from None


def show(text):
    """Says something while the server is not up yet: standard output belongs to the protocol."""
    with contextlib.suppress(OSError):
        sys.stderr.write(text)
        sys.stderr.flush()


def build(data, environment, tell):
    """Has build.py build the environment and waits for it; ``tell`` gets the output of uv or pip as it comes.

    The build runs in a session of its own and writes to a file: Claude Code kills a server that is not up after
    30 s, and the build must live on, so that the next start finds it done.
    """
    try:
        os.makedirs(data, exist_ok=True)
        number, log = tempfile.mkstemp(".log", "build-", data)
    except OSError as error:
        raise LaunchError(
            f"the plugin's data folder {data} cannot be written ({error.strerror}). Make it writable, or set "
            "CLAUDE_CONFIG_DIR to a folder that is, and restart Claude Code."
        ) from None
    command = [sys.executable, "-I", "-B", os.path.join(HERE, "build.py"), environment]
    apart = {"creationflags": 0x208} if WINDOWS else {"start_new_session": True}  # no console, group of its own
    # Its standard output carries one sentence, the reason of a failure; everything else goes to the log.
    builder = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=number, cwd=data, **apart
    )
    os.close(number)
    with open(log, "rb") as output:
        running = True
        while running:
            running = builder.poll() is None
            tell(output.read().decode("utf-8", "replace"))
            time.sleep(0.1 if running else 0)
    why = builder.stdout.read().decode("utf-8", "replace").strip()
    if builder.returncode == 0:
        os.unlink(log)
        return
    kept = os.path.join(data, "build.log")
    with contextlib.suppress(OSError):
        os.replace(log, kept)
    raise LaunchError(why or f"the build ended with code {builder.returncode}; its output is in {kept}.")


# ---- --check -------------------------------------------------------------------------------------------------


def check(data):
    """Prints what is there, builds what is missing, starts the server once, and says how that went."""
    version = ".".join(map(str, sys.version_info[:3]))
    row("plugin", f"{plugin_version()} ({ROOT})")
    row("python", f"{version} ({sys.executable})")
    row("uv", shutil.which("uv") or "not found; pip is used")
    row("data", data)
    try:
        environment = environment_in(data)
        if is_built(environment):
            row("environment", os.path.basename(environment))
        else:
            row("environment", "not built yet; building it now")
            begin = time.time()
            build(data, environment, lambda text: None)
            row("", f"{os.path.basename(environment)}, built in {time.time() - begin:.0f} s")
        row("server", try_server(environment))
    except LaunchError as problem:
        row("result", f"The server cannot start: {problem}")
        return 1
    row("result", "The server starts. If its tools are missing, reconnect it in /mcp or restart Claude Code.")
    return 0


def try_server(environment):
    """Starts the server, asks for its name and version, and lets it end."""
    client = {"name": "launch.py --check", "version": plugin_version()}
    parameters = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": client}
    hello = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": parameters}
    begin = time.time()
    try:
        server = subprocess.Popen(
            server_command(environment), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
    except OSError as error:
        raise LaunchError(f"{environment} cannot be run ({error.strerror}). Delete it and check again.") from None
    try:
        answer, errors = server.communicate((json.dumps(hello) + "\n").encode(), timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        server.kill()
        server.communicate()
        raise LaunchError(f"it gave no answer within {PATIENCE} s. Close other programs and check again.") from None
    seconds = time.time() - begin
    try:
        info = json.loads(answer.decode().splitlines()[0])["result"]["serverInfo"]
        return f"{info['name']} {info['version']} answered in {seconds:.1f} s"
    except (ValueError, KeyError, IndexError, TypeError):
        last = (errors.decode("utf-8", "replace").strip().splitlines() or ["nothing"])[-1]
        raise LaunchError(
            f"it ended instead of answering; its last words: {last[:300]}. Delete {environment} and check again; "
            "if that does not help, reinstall the plugin."
        ) from None


def plugin_version():
    """The version in the manifest, or a question mark."""
    try:
        with open(os.path.join(ROOT, ".claude-plugin", "plugin.json"), encoding="utf-8") as file:
            return str(json.load(file)["version"])
    except (OSError, ValueError, KeyError, TypeError):
        return "?"


def row(title, text):
    """One line of the report, in UTF-8 whatever the locale."""
    sys.stdout.buffer.write(f"{title:<12} {text}\n".encode("utf-8", "replace"))
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
