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
    unusable: str | None = None
    """Why the installed client ignores the whole file although it is JSON (``data`` is empty then)."""
    dropped: tuple[tuple[str, str], ...] = ()
    """Keys that the installed client ignores in this file, and why."""


@dataclass(frozen=True)
class Login:
    """The saved claude.ai login (``.credentials.json``). ``expires`` is a Unix time."""

    source: str
    token: str = field(repr=False)
    expires: float | None = None
    inference: bool = True
    """Whether its scopes allow model requests; without, the client says ``Not logged in`` (measured)."""
    plan: str = ""


@dataclass(frozen=True)
class GatewayLogin:
    """The saved sign-in to the company's ``claude gateway`` (``.credentials.json``)."""

    source: str
    url: str
    token: str = field(repr=False)
    trusted: bool = True
    """Whether the person confirmed this gateway on this machine."""
    ended: bool = False
    """Its time was over when it was read."""
    renewable: bool = False
    """The client can renew it by itself."""

    @property
    def usable(self) -> bool:
        """Does the client use it? Otherwise it goes on as if there were none (measured on 2.1.197 and 2.1.330)."""
        return self.trusted and (self.renewable or not self.ended)


@dataclass(frozen=True)
class ProgramEntry:
    """One line of a program's own configuration file. ``value`` may hold a password."""

    key: str
    """As the program names it: ``http.proxy``, ``http.<url>.proxy``, ``https-proxy``, ``proxy/address``."""
    value: str = field(repr=False)
    line: int


@dataclass(frozen=True)
class ProgramFile:
    """A configuration file of git, npm, curl, pip, gcloud, AWS or the desktop: its network entries alone."""

    program: str
    path: str
    entries: tuple[ProgramEntry, ...] = ()
    error: str | None = None


@dataclass(frozen=True)
class AwsEntry:
    """One line of an AWS profile. Of a secret, ``value`` is what ``redact.hint`` says of it, never the secret."""

    value: str
    line: int
    temporary: bool = False
    """For a key id: it begins with ASIA, so it is worth nothing without its session token."""


@dataclass(frozen=True)
class AwsSection:
    """A ``[profile …]`` or ``[sso-session …]`` section of one AWS file."""

    kind: Literal["profile", "sso-session"]
    name: str
    line: int
    entries: Mapping[str, AwsEntry]


@dataclass(frozen=True)
class AwsFile:
    """``~/.aws/config`` or ``~/.aws/credentials`` (or what the variables name instead)."""

    path: str
    exists: bool = False
    sections: tuple[AwsSection, ...] = ()
    odd: tuple[tuple[int, str], ...] = ()
    """Line and defect of what botocore refuses, or what no program reads as its writer meant it."""
    unreadable: str = ""

    def section(self, name: str, kind: str = "profile") -> AwsSection | None:
        """The section of that kind and name; the last one, as the SDKs take it."""
        return next((s for s in reversed(self.sections) if s.kind == kind and s.name == name), None)


@dataclass(frozen=True)
class CachedToken:
    """A token that ``aws sso login`` or ``aws login`` left in a cache. ``expires`` is a Unix time."""

    path: str
    expires: float | None = None
    renewable: bool = False
    problem: str = ""


@dataclass(frozen=True)
class AwsFiles:
    """What the shared AWS files say. ``sso`` and ``login``: name of a cache file (without .json) → its token."""

    config: AwsFile
    credentials: AwsFile
    sso: Mapping[str, CachedToken] = field(default_factory=dict)
    login: Mapping[str, CachedToken] = field(default_factory=dict)
    paths: Mapping[str, str] = field(default_factory=dict)
    """What stands at a path that a profile or variable names: ``file``, ``folder``, ``missing`` or ``unreadable``."""


#: Settings layers with this prefix are arguments of the caller: they count for every program.
ARGUMENT = "argument "


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
    program_files: tuple[ProgramFile, ...] = ()
    """Files of the other programs, for each the strongest first."""
    versions: Mapping[str, str] = field(default_factory=dict)
    """Versions of the other programs as far as asked: ``{"curl": "7.88.1"}``; ``""`` for one that is not on PATH."""
    paths: Mapping[str, str] = field(default_factory=dict)
    """What stands at the CA paths that variables and files name: ``file``, ``folder`` or ``missing``."""
    login: Login | None = None
    gateway_login: GatewayLogin | None = None
    aws: AwsFiles | None = None
    """The shared AWS files; ``None`` when they were not looked at."""

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

    def outside(self, name: str) -> Setting | None:
        """The variable as a program started from a shell sees it: settings files count for Claude Code alone.

        Below Claude Code this process's environment holds the settings' entries too, so an equal value proves nothing.
        """
        for file in self.settings_files:
            env = file.data.get("env")
            if file.path.startswith(ARGUMENT) and isinstance(env, Mapping) and name in env:
                return Setting(name, _text(env[name]), file.scope, file.path)
        if name not in self.shell:
            return None
        value = self.shell[name]
        if "CLAUDECODE" in self.shell:
            for file in self.settings_files:
                env = file.data.get("env")
                if isinstance(env, Mapping) and name in env and _text(env[name]) == value:
                    return None
        return Setting(name, value, "shell", "shell")

    def outside_names(self) -> list[str]:
        """Names of the variables that ``outside`` knows, in the order of the environment."""
        given = [
            name
            for file in self.settings_files
            if file.path.startswith(ARGUMENT) and isinstance(file.data.get("env"), Mapping)
            for name in file.data["env"]
        ]
        return [name for name in dict.fromkeys((*self.shell, *given)) if self.outside(name) is not None]

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
    """The text that the client makes of a value that is none (measured: ``null`` becomes the word)."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "null"
    if isinstance(value, Mapping):
        return "[object Object]"
    if isinstance(value, list):
        return ",".join("" if item is None else _text(item) for item in value)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
