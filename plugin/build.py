"""Builds the Python environment of the MCP server: ``build.py ENVIRONMENT`` (started by launch.py).

Standard output carries one sentence when it fails; what uv and pip say goes to standard error. Like launch.py it
must parse on Python 3.6.
"""

import contextlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time

sys.path.append(os.path.dirname(os.path.abspath(__file__)))  # -I leaves it out

from launch import ROOT, WINDOWS, LaunchError, is_built, python_in

OLDEST = (3, 10)
#: Longest step of a build, and longest wait for another session's build. Seconds.
LIMIT = 600
#: An environment unused for this long goes when a new one is built. Seconds.
KEEP = 14 * 24 * 3600
#: Would send the packages elsewhere, or foreign modules into the build.
UNWANTED = ("PYTHONPATH", "PYTHONHOME", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT")


def main(environment):
    """Builds beside the final name, then renames: a build that was killed leaves nothing that looks complete."""
    data = os.path.dirname(environment)
    try:
        with lock(os.path.join(data, "build.lock")) as alone:
            if is_built(environment):
                return 0  # by another session, while this one waited
            sweep(data, alone)
            folder = tempfile.mkdtemp("", "building-", data)
            try:
                fill(os.path.join(folder, "venv"))
                if not is_built(environment):
                    shutil.rmtree(environment, ignore_errors=True)  # one whose interpreter has gone
                    os.rename(os.path.join(folder, "venv"), environment)
            finally:
                shutil.rmtree(folder, ignore_errors=True)
    except LaunchError as problem:
        sys.stdout.write(str(problem))
        return 1
    except OSError as error:
        sys.stdout.write(f"the plugin's data folder {data} cannot be written ({error.strerror}).")
        return 1
    return 0


@contextlib.contextmanager
def lock(path):
    """One builder at a time. The kernel frees the lock when its holder dies, so it cannot go stale.

    Yields whether it is held: on a file system without locks two builds may run, and the first rename wins.
    """
    with open(path, "ab") as file:
        until = time.time() + LIMIT
        while True:
            try:
                take(file)
                held = True
                break
            except (BlockingIOError, PermissionError):
                if time.time() > until:
                    raise LaunchError(
                        f"another session has been building for {LIMIT // 60} minutes. End it and restart."
                    ) from None
                time.sleep(0.1)
            except OSError:
                held = False
                break
        yield held


def take(file):
    """Locks the file or raises at once."""
    if WINDOWS:
        import msvcrt

        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def sweep(data, alone):
    """Removes what killed builds left (if no other can be running) and what was not used for a long time."""
    for name in os.listdir(data):
        path = os.path.join(data, name)
        try:
            old = time.time() - os.stat(path).st_mtime > KEEP
        except OSError:
            continue
        if name.startswith("building-") and (alone or old):
            shutil.rmtree(path, ignore_errors=True)
        elif name.startswith("venv-") and old:
            shutil.rmtree(path, ignore_errors=True)
        elif name.startswith("build-") and old:
            with contextlib.suppress(OSError):
                os.unlink(path)


def fill(environment):
    """Makes the environment and installs the plugin into it, editable.

    pip gets a try when uv fails: only pip knows pip's configuration (a company index, say). The user's settings
    for both hold; those of the project do not, since the working directory is the data folder.
    """
    variables = {name: value for name, value in os.environ.items() if name not in UNWANTED}
    variables["PIP_USER"] = "0"  # a configured --user does not fit an environment
    output = ""
    for commands in ways(environment):
        said = next(filter(None, (run(command, variables) for command in commands)), None)
        if said is None:
            return
        output += said
        shutil.rmtree(environment, ignore_errors=True)
    log = os.path.join(os.path.dirname(os.path.dirname(environment)), "build.log")
    raise LaunchError(reason(output) or f"the Python packages could not be installed; what was said is in {log}.")


def ways(environment):
    """The commands of each way to build, best first. uv comes first: it is faster, and it can bring a Python."""
    found = []
    this = f"Python {sys.version_info[0]}.{sys.version_info[1]} ({sys.executable})"
    # In somebody's virtual environment: build on the Python below it, which lives longer.
    base = getattr(sys, "_base_executable", None) or sys.executable
    python = python_in(environment)
    uv = shutil.which("uv")
    if uv and os.path.isabs(uv):  # a relative one lies in the user's project
        make = [uv, "venv", "--python", base if sys.version_info >= OLDEST else ">=3.10", environment]
        found.append((make, [uv, "pip", "install", "--python", python, "--compile-bytecode", "--editable", ROOT]))
    if sys.version_info < OLDEST:
        lacking = f"llm-gateway needs uv, or Python 3.10 or newer; this is {this}. Install one of them"
    elif not has_ensurepip():
        lacking = f"{this} has no ensurepip. Install the package python3-venv (Debian, Ubuntu) or uv"
    else:
        install = [python, "-I", "-m", "pip", "install", "--no-input", "--disable-pip-version-check"]
        found.append(([base, "-I", "-m", "venv", environment], [*install, "--editable", ROOT]))
    if not found:
        raise LaunchError(f"{lacking}, or set LLM_GATEWAY_PYTHON to another Python; then restart Claude Code.")
    return found


def has_ensurepip():
    """Whether ``venv`` can put pip into an environment. Debian and Ubuntu split that off."""
    try:
        import ensurepip  # noqa: F401
    except ImportError:
        return False
    return True


def run(command, variables):
    """Runs one step. Returns ``None`` when it worked, else what it said; all of it goes to the log as it comes."""
    log = sys.stderr.buffer
    log.write(f"$ {' '.join(command)}\n".encode("utf-8", "replace"))
    log.flush()
    try:
        step = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=variables
        )
    except OSError as error:
        return f"{command[0]}: {error.strerror}"
    timer = threading.Timer(LIMIT, step.kill)
    timer.start()
    said = b""
    for line in step.stdout:
        said += line
        log.write(line)
        log.flush()
    timer.cancel()
    return None if step.wait() == 0 else said.decode("utf-8", "replace") or f"exit code {step.returncode}"


#: What uv 0.13 and pip 23 say (measured), and what it means; the first that fits counts.
REASONS = (
    (r"No space left|[Qq]uota exceeded", "the disk is full: free about 200 MB."),
    (
        r"CERTIFICATE_VERIFY_FAILED|invalid peer certificate",
        "the package index shows a certificate that is not trusted here (TLS inspection?): "
        "set PIP_CERT and SSL_CERT_FILE to your company's CA file.",
    ),
    (
        r"407 Proxy|ProxyError|tunnel error",
        "the proxy does not let the installer through: check HTTPS_PROXY, its host, port and sign-in.",
    ),
    (
        r"401 Unauthorized|403 Forbidden|403 Client Error|401 Client Error",
        "the package index refuses access: check the index and its sign-in in the settings of uv or pip.",
    ),
    (
        r"No interpreter found",
        "llm-gateway needs Python 3.10 or newer, and uv could not get one: install it.",
    ),
    (
        r"connection broken|[Cc]onnect error|client error \(Connect\)|dns error|timed out|unreachable",
        "the package index cannot be reached, so the Python packages cannot be downloaded: go online once, or set "
        "your company's index and proxy (PIP_INDEX_URL or UV_DEFAULT_INDEX, HTTPS_PROXY).",
    ),
    (
        r"No matching distribution|No solution found",
        "the package index does not offer (or does not show without sign-in) what pyproject.toml of the plugin asks "
        "for: check the index in the settings of uv or pip.",
    ),
)


def reason(said):
    """What uv and pip meant, and what to do; ``None`` when it is not known."""
    for pattern, meaning in REASONS:
        if re.search(pattern, said):
            return f"{meaning} Then restart Claude Code."
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
