"""The gateway does not read the configuration file that is mounted for it.

What: a YAML file or ConfigMap mounted into a LiteLLM container without --config, or --config with another path than
    the one where the file appears.
Why: without --config (or CONFIG_FILE_PATH) LiteLLM starts with no model at all; with a path that does not exist it
    does not start.
Fix: command: ["--config", "/app/config.yaml"] with the path at which the file is mounted.

Bad:
    services:
      litellm:
        image: ghcr.io/berriai/litellm:v1.106.2
        volumes: ["./config.yaml:/app/config.yaml"]
        command: ["--port", "4000"]

Good:
    services:
      litellm:
        image: ghcr.io/berriai/litellm:v1.106.2
        volumes: ["./config.yaml:/app/config.yaml"]
        command: ["--config", "/app/config.yaml"]
"""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import basename, join, normpath

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.nodes import at
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.containers import Container, Mount, gateways
from mcp_server.validate.problem import Problem

ID = "gateway-config-unused"
KINDS: tuple[Kind, ...] = ("docker-compose", "kubernetes")
SEVERITY: Severity = "error"
#: Working folder of LiteLLM's images; files that they bring along.
FOLDER = "/app"
IN_IMAGE = ("/app/proxy_server_config.yaml",)


def check(document: Document, context: Context) -> Iterator[Problem]:
    for container in gateways(document, context):
        if not container.is_official or "build" in container.node:
            continue
        if any(word.endswith((".sh", ".py")) for word, _ in container.words):
            continue  # a script of its own chooses the file
        option = container.option("--config", "-c")
        setting = container.setting("CONFIG_FILE_PATH")
        files = [m for m in container.mounts if _is_file(m)]
        if option is not None:
            yield from _path(container, option[0], files, at(option[1]) or container.entry)
        elif setting is not None:
            if setting.value:
                yield from _path(container, setting.value, files, setting.node.mark)
        elif files and container.complete:
            mount = files[0]
            yield Problem(
                f"{mount.target} is mounted, and nothing tells LiteLLM to read it",
                "without --config LiteLLM starts with no model and refuses every request",
                _fix(container, mount.target),
                mount.mark,
                f"{container.path}.{'command' if container.kind == 'docker-compose' else 'args'}",
                confidence="medium",
            )


def _path(container: Container, path: str, files: list[Mount], mark: object) -> Iterator[Problem]:
    from mcp_server.document.nodes import Mark

    if "$" in path or "{{" in path or not path or not isinstance(mark, Mark):
        return
    wanted = normpath(join(FOLDER, path))
    targets = [normpath(join(FOLDER, m.target)) for m in container.mounts]
    if wanted in IN_IMAGE or any("$" in t or "{{" in t for t in targets):
        return
    if any(wanted == t or (wanted.startswith(f"{t.rstrip('/')}/")) for t in targets):
        return
    near = next((m.target for m in files if basename(m.target) == basename(path)), files[0].target if files else "")
    yield Problem(
        f"--config names {path}, and nothing is mounted there",
        "LiteLLM does not find the file and does not start",
        f"write {near}, where the file is mounted" if near else f"mount the file at {wanted}",
        mark,
        f"{container.path}.{'command' if container.kind == 'docker-compose' else 'args'}",
        confidence="high" if near else "medium",
    )


def _is_file(mount: Mount) -> bool:
    return mount.target.endswith((".yaml", ".yml")) and "prometheus" not in mount.target


def _fix(container: Container, target: str) -> str:
    key = "command" if container.kind == "docker-compose" else "args"
    return f'add {key}: ["--config", "{target}"]'
