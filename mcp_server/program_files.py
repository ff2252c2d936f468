"""Reads the other programs' own files (git, npm, curl, pip, gcloud, AWS, KDE) and asks for their versions.

Part of the machine snapshot: bounded, and nothing here raises for a broken machine. Values may be passwords.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from mcp_server.effective.programs import formats
from mcp_server.errors import UsageError
from mcp_server.redact import quote
from mcp_server.snapshot import ProgramEntry, ProgramFile

MAX_FILE_BYTES = 1_000_000
MAX_INCLUDES = 10
VERSION_SECONDS = 3.0
#: Commands whose version changes an answer, and how each is asked.
_ASKED = {
    "curl": "--version",
    "git": "--version",
    "node": "--version",
    "npm": "",
    "gcloud": "",
    "pip": "",
    "claude": "",
}
_CA_VARIABLES = (
    *(
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
        "SSL_VERIFY",
        "REQUESTS_CA_BUNDLE",
        "CURL_CA_BUNDLE",
        "AWS_CA_BUNDLE",
        "NODE_EXTRA_CA_CERTS",
    ),
    *("GIT_SSL_CAINFO", "CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE", "PIP_CERT", "npm_config_cafile", "NPM_CONFIG_CAFILE"),
)
_CA_KEYS = ("cacert", "cafile", "core/custom_ca_certs_file", "cert", "ca_bundle")

Reader = Callable[[str], list[ProgramEntry]]


def program_files(variables: Mapping[str, str], home: Path, project: Path) -> tuple[ProgramFile, ...]:
    """Every file that exists, for each program the strongest first. Files without a network entry are left out."""
    found: list[ProgramFile] = []
    for places in (_git, _npm, _curl, _pip, _gcloud, _aws, _desktop):
        found.extend(places(variables, home, project))
    return tuple(file for file in found if file.entries or file.error)


def ca_paths(variables: Mapping[str, str], files: tuple[ProgramFile, ...]) -> dict[str, str]:
    """What stands at every CA path that is named: ``file``, ``folder`` or ``missing``."""
    named = [variables[name] for name in _CA_VARIABLES if variables.get(name)]
    named += [e.value for f in files for e in f.entries if e.key in _CA_KEYS or e.key.endswith(".sslcainfo")]
    return {value: _kind(value) for value in named if "\n" not in value}


def _kind(value: str) -> str:
    try:
        path = Path(value)
        return "file" if path.is_file() else "folder" if path.is_dir() else "missing"
    except (OSError, ValueError):
        return "missing"


def program_versions(path: str | None) -> dict[str, str]:
    """Versions of curl, git and Node; ``?`` for one that is there and was not asked, ``""`` for one that is missing."""
    with ThreadPoolExecutor(len(_ASKED)) as pool:
        return dict(pool.map(lambda item: (item[0], _version(item[0], item[1], path)), _ASKED.items()))


def _version(name: str, option: str, path: str | None) -> str:
    program = shutil.which(name, path=path)
    if program is None:
        return ""
    if not option:
        return "?"
    try:
        done = subprocess.run(
            [program, option], stdin=subprocess.DEVNULL, capture_output=True, timeout=VERSION_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return "?"
    for word in done.stdout[:300].decode("utf-8", "replace").split():
        if (number := word.removeprefix("v")) and number[0].isdigit():
            return number
    return "?"


def read_pac(path: str) -> str:
    """The PAC file that the user named. Raises UsageError when it cannot be read."""
    shown = quote(path, 200)
    if re.match(r"(?i)https?://", path.strip()):
        command = f"curl -o proxy.pac {shown}"
        raise UsageError(
            "A PAC file is read from disk, never fetched.", f"Fetch it first, then name the file: {command}"
        )
    try:
        file = Path(path.strip()).expanduser()
        if file.stat().st_size > MAX_FILE_BYTES:
            raise UsageError(f"The PAC file {shown} is larger than {MAX_FILE_BYTES:,} bytes.", "Name another file.")
        return file.read_bytes().decode("utf-8-sig", "replace")
    except (OSError, ValueError, RuntimeError) as failure:
        reason = getattr(failure, "strerror", None) or "the path is not usable"
        raise UsageError(f"The PAC file {shown} cannot be read: {reason}.", "Correct the path.") from None


def _read(program: str, path: Path, reader: Reader) -> ProgramFile | None:
    try:
        if not path.is_file():
            return None
        if path.stat().st_size > MAX_FILE_BYTES:
            return ProgramFile(program, str(path), error=f"is larger than {MAX_FILE_BYTES:,} bytes and was not read")
        text = path.read_bytes().decode("utf-8-sig", "replace")
    except PermissionError:
        return ProgramFile(program, str(path), error="cannot be read: permission denied")
    except (OSError, ValueError):
        return None
    return ProgramFile(program, str(path), tuple(reader(text)))


def _all(program: str, paths: list[Path], reader: Reader) -> Iterator[ProgramFile]:
    for path in paths:
        found = _read(program, path, reader)
        if found is not None:
            yield found


def _git(variables: Mapping[str, str], home: Path, project: Path) -> Iterator[ProgramFile]:
    """Variables, repository, user, XDG, system; an included file counts in its including one's place."""
    given = _git_variables(variables)
    if given.entries:
        yield given
    paths = [folder / ".git" / "config" for folder in (project, *project.parents) if (folder / ".git").is_dir()][:1]
    if "GIT_CONFIG_GLOBAL" in variables:
        paths.append(Path(variables["GIT_CONFIG_GLOBAL"] or os.devnull))
    else:
        xdg = Path(variables.get("XDG_CONFIG_HOME") or home / ".config")
        paths += [home / ".gitconfig", xdg / "git" / "config"]
    if variables.get("GIT_CONFIG_NOSYSTEM", "").lower() not in ("1", "true", "yes", "on"):
        paths.append(Path(variables.get("GIT_CONFIG_SYSTEM") or "/etc/gitconfig"))
    for path in paths:
        yield from reversed(list(_with_includes(path, home, MAX_INCLUDES)))


def _git_variables(variables: Mapping[str, str]) -> ProgramFile:
    count = variables.get("GIT_CONFIG_COUNT", "")
    entries = []
    for index in range(min(int(count), 50) if count.isascii() and count.isdigit() and len(count) < 4 else 0):
        key, value = variables.get(f"GIT_CONFIG_KEY_{index}", ""), variables.get(f"GIT_CONFIG_VALUE_{index}", "")
        section, _, rest = key.partition(".")
        middle, dot, name = rest.rpartition(".")
        entries.append(ProgramEntry(f"{section.lower()}.{middle}{dot}{name.lower()}", value, index))
    return ProgramFile("git", "GIT_CONFIG_KEY", tuple(entries))


def _with_includes(path: Path, home: Path, left: int) -> Iterator[ProgramFile]:
    """Weakest first: what stands before an include, the included file, what stands after it."""
    found = _read("git", path, formats.git_config)
    if found is None:
        return
    part: list[ProgramEntry] = []
    for entry in found.entries:
        if entry.key == "include.path" and left > 0:
            yield ProgramFile("git", found.path, tuple(part))
            part = []
            target = Path(entry.value.replace("~", str(home), 1) if entry.value.startswith("~/") else entry.value)
            yield from _with_includes(path.parent / target, home, left - 1)
        else:
            part.append(entry)
    yield ProgramFile("git", found.path, tuple(part), found.error)


def _npm(variables: Mapping[str, str], home: Path, project: Path) -> Iterator[ProgramFile]:
    """Project, user, global."""
    named = {name.lower(): value for name, value in variables.items() if name.lower().startswith("npm_config_")}
    folders = (project, *project.parents)
    root = next((f for f in folders if (f / "package.json").is_file() or (f / "node_modules").is_dir()), project)
    user = Path(named.get("npm_config_userconfig") or home / ".npmrc")
    paths = [root / ".npmrc", user] if root / ".npmrc" != user else [user]
    node = shutil.which("node", path=variables.get("PATH"))
    prefix = named.get("npm_config_prefix") or (str(Path(node).resolve().parent.parent) if node else "")
    machine = named.get("npm_config_globalconfig") or (f"{prefix}/etc/npmrc" if prefix else "")
    if machine:
        paths.append(Path(machine))
    yield from _all("npm", paths, formats.npmrc)


def _curl(variables: Mapping[str, str], home: Path, _project: Path) -> Iterator[ProgramFile]:
    """The first that exists counts alone."""
    xdg = variables.get("XDG_CONFIG_HOME")
    candidates = [Path(variables["CURL_HOME"]) / ".curlrc"] if variables.get("CURL_HOME") else []
    candidates += [Path(xdg) / name for name in (".curlrc", "curlrc")] if xdg else []
    candidates += [home / ".curlrc", home / ".config" / ".curlrc", home / ".config" / "curlrc"]
    for path in candidates:
        found = _read("curl", path, formats.curlrc)
        if found is not None:
            yield found
            return


def _pip(variables: Mapping[str, str], home: Path, _project: Path) -> Iterator[ProgramFile]:
    named = variables.get("PIP_CONFIG_FILE")
    if named == os.devnull:
        return
    xdg = Path(variables.get("XDG_CONFIG_HOME") or home / ".config")
    paths = [Path(named)] if named else []
    paths += [xdg / "pip" / "pip.conf", home / ".pip" / "pip.conf", Path("/etc/pip.conf")]
    paths.insert(1, home / "Library" / "Application Support" / "pip" / "pip.conf")
    yield from _all("pip", paths, formats.pip_conf)


def _gcloud(variables: Mapping[str, str], home: Path, _project: Path) -> Iterator[ProgramFile]:
    """The active configuration, then the installation's properties."""
    folder = Path(variables.get("CLOUDSDK_CONFIG") or home / ".config" / "gcloud")
    name = variables.get("CLOUDSDK_ACTIVE_CONFIG_NAME") or _first_line(folder / "active_config") or "default"
    paths = [folder / "configurations" / f"config_{name}"] if "/" not in name else []
    program = shutil.which("gcloud", path=variables.get("PATH"))
    if program is not None:
        paths.append(Path(program).resolve().parent.parent / "properties")
    yield from _all("gcloud", paths, formats.gcloud_properties)


def _first_line(path: Path) -> str:
    try:
        return path.read_bytes()[:200].decode("utf-8", "replace").strip().split("\n")[0]
    except (OSError, ValueError):
        return ""


def _aws(variables: Mapping[str, str], home: Path, _project: Path) -> Iterator[ProgramFile]:
    profile = variables.get("AWS_PROFILE") or variables.get("AWS_DEFAULT_PROFILE") or "default"
    path = Path(variables.get("AWS_CONFIG_FILE") or home / ".aws" / "config")
    yield from _all("aws", [path], lambda text: formats.aws_config(text, profile))


def _desktop(variables: Mapping[str, str], home: Path, _project: Path) -> Iterator[ProgramFile]:
    xdg = Path(variables.get("XDG_CONFIG_HOME") or home / ".config")
    yield from _all("kde", [xdg / "kioslaverc"], formats.kde_proxy)
