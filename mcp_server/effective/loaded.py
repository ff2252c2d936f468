"""What the client really takes from its settings files: some it drops whole, of others a key (pure, measured)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from mcp_server.catalogue.client_settings import not_in_project, scoped_keys, versions
from mcp_server.effective.dialect import dialect_of
from mcp_server.snapshot import SettingsFile

_PROJECT = ("project", "local")


def loaded(files: Sequence[SettingsFile], version: str | None) -> tuple[SettingsFile, ...]:
    """``files`` as the client of ``version`` takes them: ``unusable`` and ``dropped`` say what it leaves out."""
    rules, _ = dialect_of(version)
    return tuple(_taken(file, rules.measured) if file.data else file for file in files)


def _taken(file: SettingsFile, version: str) -> SettingsFile:
    data = dict(file.data)
    dropped: list[tuple[str, str]] = []
    for path, expected, fatal in _wrong(data, version):
        key = path.partition(".")[0].partition("[")[0]
        if fatal and file.scope != "managed":
            why = f"{path} must be {expected}, and Claude Code {version} ignores the whole file because of it"
            return replace(file, data={}, unusable=why)
        data.pop(key, None)
        dropped.append((key, f"{path} must be {expected}"))
    for path, scope in scoped_keys().items():
        if "." not in path and path in data and file.scope != "managed":
            if scope == "managed":
                del data[path]
                dropped.append((path, "it counts only in managed settings"))
            elif file.scope in _PROJECT:
                del data[path]
                dropped.append((path, "it does not count in a project's settings"))
    env = data.get("env")
    if file.scope in _PROJECT and version == versions()[0] and isinstance(env, Mapping):
        lost = [name for name in env if name in not_in_project()]
        if lost:
            data["env"] = {name: value for name, value in env.items() if name not in lost}
            dropped += [(f"env.{n}", f"Claude Code {version} does not take it from a project's settings") for n in lost]
    return replace(file, data=data, dropped=tuple(dropped))


def _wrong(data: Mapping[str, Any], version: str) -> list[tuple[str, str, bool]]:
    """Path, what must stand there, whether the file is lost: for every value of a wrong type."""
    from mcp_server.validate.json_reader import read_json
    from mcp_server.validate.nodes import Mapping as Node
    from mcp_server.validate.settings_values import loses_file, wrong_values

    found = []
    if "env" in data and not isinstance(data["env"], Mapping):
        found.append(("env", "an object", True))
    root, _ = read_json(json.dumps(data))
    if isinstance(root, Node):
        found += [(v.path, v.expected, loses_file(version, v)) for v in wrong_values(root, version)]
    return found
