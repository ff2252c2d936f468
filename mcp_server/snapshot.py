"""What was found on the machine, as plain data. ``environment.py`` fills it; the pure packages read it.

Values may be secrets: only ``redact.hint`` may describe them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

#: Settings scopes of Claude Code, strongest first (source: Claude Code settings documentation, measured on
#: 2.1.197 and 2.1.330): a settings ``env`` entry beats the same variable of the shell.
Scope = Literal["managed", "flag", "local", "project", "user", "shell", "default"]
SCOPE_ORDER: tuple[Scope, ...] = ("managed", "flag", "local", "project", "user", "shell", "default")


#: Values with which Claude Code's on/off variables are off; most others count as on.
OFF_VALUES = frozenset({"", "0", "false", "no", "off"})


@dataclass(frozen=True)
class Setting:
    """One effective value, where it came from and which weaker sources it beats."""

    name: str
    value: str
    scope: Scope
    source: str
    """Human-readable place: ``shell`` or the path of the settings file."""
    beats: tuple[str, ...] = ()


@dataclass(frozen=True)
class SettingsFile:
    """One Claude Code settings file that exists. ``error`` is set (and ``data`` empty) when it cannot be read."""

    scope: Scope
    path: str
    data: Mapping[str, Any] = field(default_factory=dict)
    error: str | None = None


@dataclass(frozen=True)
class Snapshot:
    """Environment, settings files and client version of one machine at one moment."""

    shell: Mapping[str, str]
    settings_files: tuple[SettingsFile, ...] = ()
    home: str = ""
    project: str = ""
    client_version: str | None = None
    """Version of the ``claude`` found on PATH, e.g. ``2.1.330``; ``None`` when there is none."""
    environment_hidden: bool = False
    """Claude Code stripped this process's environment: say "not visible to me", never "not set"."""

    def variable(self, name: str) -> Setting | None:
        """The value of one environment variable as Claude Code would see it, or ``None`` when unset."""
        found: list[Setting] = []
        for scope in SCOPE_ORDER:
            if scope == "shell":
                if name in self.shell:
                    found.append(Setting(name, self.shell[name], "shell", "shell"))
                continue
            for file in self.settings_files:
                env = file.data.get("env")
                if file.scope == scope and isinstance(env, Mapping) and name in env:
                    found.append(Setting(name, _text(env[name]), scope, file.path))
        return _strongest(found)

    def key(self, name: str) -> Setting | None:
        """The effective top-level settings key (``model``, ``apiKeyHelper``, …), or ``None``."""
        found = [
            Setting(name, _text(file.data[name]), file.scope, file.path)
            for scope in SCOPE_ORDER
            for file in self.settings_files
            if file.scope == scope and name in file.data
        ]
        return _strongest(found)


def _strongest(found: list[Setting]) -> Setting | None:
    if not found:
        return None
    first = found[0]
    return Setting(first.name, first.value, first.scope, first.source, tuple(s.source for s in found[1:]))


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
