"""What the client really takes from its settings files: some it drops whole, of others a key (pure, measured)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from mcp_server.catalogue.client_settings import not_in_project, scoped_keys, taken_from_user, versions
from mcp_server.catalogue.load import read_yaml
from mcp_server.effective.dialect import dialect_of
from mcp_server.snapshot import SettingsFile

HOST = "CLAUDE_CODE_PROVIDER_MANAGED_BY_HOST"
_PROJECT = ("project", "local")


def loaded(
    files: Sequence[SettingsFile], version: str | None, shell: Mapping[str, str] | None = None
) -> tuple[SettingsFile, ...]:
    """``files`` as the client of ``version`` takes them: ``unusable`` and ``dropped`` say what it leaves out.

    ``shell`` is the environment it starts in: the program that starts it may keep routing and credentials to itself.
    """
    rules, _ = dialect_of(version)
    taken = (_taken(file, rules.measured) if file.data else file for file in files)
    if not managed_by_host(shell or {}):
        return tuple(taken)
    names, keys = host_names(rules.measured)
    return tuple(_hosted(file, names, keys) if file.data else file for file in taken)


def managed_by_host(shell: Mapping[str, str]) -> bool:
    """Whether the program that starts Claude Code decides the route. In a settings file the switch has no effect."""
    return shell.get(HOST, "").strip().lower() in ("1", "true", "yes", "on")


def host_names(version: str) -> tuple[frozenset[str], frozenset[str]]:
    """Variables and top-level keys that the files cannot set then, in the measured release ``version``."""
    data = read_yaml("claude_code.yaml")
    rules = data["managed_by_host"]
    names = {*rules["variables"], *data["tiers"].values(), *rules["more"].get(version, ())}
    for mode in data["providers"]:
        names |= {mode[key] for key in ("switch", "base_url", "skip_auth", "resource_variable") if key in mode}
        names |= {*mode.get("region_variables", ()), *mode.get("credentials", ())}
    return frozenset(names - {*rules["kept"].get(version, ())}), frozenset(rules["keys"].get(version, ()))


def _hosted(file: SettingsFile, names: frozenset[str], keys: frozenset[str]) -> SettingsFile:
    """``file`` without what the host decides."""
    data = {key: value for key, value in file.data.items() if key not in keys}
    lost = [key for key in file.data if key in keys]
    env = data.get("env")
    if isinstance(env, Mapping):
        data["env"] = {name: value for name, value in env.items() if name.upper() not in names}
        lost += [f"env.{name}" for name in env if name.upper() in names]
    if not lost:
        return file
    why = f"the program that starts Claude Code decides it ({HOST})"
    return replace(file, data=data, dropped=(*file.dropped, *((key, why) for key in lost)))


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
            own = file.scope not in _PROJECT and version == versions()[0]
            if scope == "managed" and not (own and taken_from_user(path, data[path], data)):
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
    from mcp_server.document.json_reader import read_json
    from mcp_server.document.nodes import Mapping as Node
    from mcp_server.validate.schemas.settings_values import loses_file, wrong_values

    found = []
    if "env" in data and not isinstance(data["env"], Mapping):
        found.append(("env", "an object", True))
    root, _ = read_json(json.dumps(data))
    if isinstance(root, Node):
        found += [(v.path, v.expected, loses_file(version, v)) for v in wrong_values(root, version)]
    return found
