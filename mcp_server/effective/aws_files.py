"""The shared AWS files and token caches as data, secrets already replaced by a description (pure).

Sections as botocore reads them: ``[default]`` and ``[profile NAME]`` in the config file, ``[NAME]`` in the credentials
file. Measured with botocore 1.44: one line that is no setting makes it refuse the whole file, while Claude Code 2.1.197
and 2.1.330 read on.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from typing import Any, Literal

from mcp_server import redact
from mcp_server.snapshot import AwsEntry, AwsFile, AwsSection, CachedToken

#: Keys whose value is described instead of kept. A process command may carry a password in its arguments.
SECRET_KEYS = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token", "aws_security_token")
#: What is kept of a profile: enough to say who would win, and nothing else.
_KEPT = (
    *SECRET_KEYS,
    *("region", "role_arn", "source_profile", "credential_source", "web_identity_token_file", "credential_process"),
    *("sso_session", "sso_start_url", "sso_region", "sso_account_id", "sso_role_name", "login_session", "mfa_serial"),
)
_HEADER = re.compile(r"\[([^\]]*)\]\s*(?:[#;].*)?$")
_SETTING = re.compile(r"([^=:\s][^=:]*?)\s*[=:]\s*(.*)$")


def read_aws_file(text: str, path: str, kind: Literal["config", "credentials"]) -> AwsFile:
    """``text`` of the file at ``path`` as sections with line numbers."""
    sections: list[AwsSection] = []
    odd: list[tuple[int, str]] = []
    entries: dict[str, AwsEntry] | None = None
    seen: set[tuple[str, str]] = set()
    inside = False
    for number, raw in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        line = raw.strip()
        if not line or line[0] in "#;":
            continue
        header = _HEADER.fullmatch(line)
        setting = _SETTING.fullmatch(line)
        if header is not None:
            inside, entries = True, None
            section = _section(header[1].strip(), number, kind)
            if isinstance(section, str):
                if section:
                    odd.append((number, section))
            elif section is not None:
                if (section.kind, section.name) in seen:
                    odd.append((number, f"the section [{redact.quote(header[1], 60)}] stands twice"))
                seen.add((section.kind, section.name))
                entries = {}
                sections.append(AwsSection(section.kind, section.name, number, entries))
        elif line.startswith("["):
            inside, entries = True, None
            odd.append((number, "the section header is not closed with ]"))
        elif not inside:
            odd.append((number, "a line stands before the first section"))
        elif setting is None:
            if not raw[:1].isspace():  # an indented line continues the value before it
                odd.append((number, "a line has no = sign"))
        elif entries is not None and not raw[:1].isspace() and setting[1].lower() in _KEPT:
            entries[setting[1].lower()] = _entry(setting[1].lower(), setting[2].strip(), number)
    return AwsFile(path, True, tuple(sections), tuple(odd))


def _section(name: str, line: int, kind: str) -> AwsSection | str | None:
    """The section that a header opens; a text says what is wrong with it, ``None`` that it is none of ours."""
    word, _, rest = name.partition(" ")
    rest = rest.strip().strip("\"'")
    shown = redact.quote(name, 60)
    if kind == "credentials":
        if word == "profile" and rest:
            return f"[{shown}]: the credentials file wants [{redact.quote(rest, 50)}], without the word profile"
        return AwsSection("profile", name.strip("\"'"), line, {})
    if name == "default":
        return AwsSection("profile", "default", line, {})
    if word in ("profile", "sso-session"):
        if not rest:
            return f"[{shown}] has no name"
        return AwsSection("profile" if word == "profile" else "sso-session", rest, line, {})
    if word in ("services", "preview", "plugins"):
        return None
    return f"[{shown}]: the config file wants [profile {shown}], so nobody reads this section"


def _entry(key: str, value: str, line: int) -> AwsEntry:
    if key in SECRET_KEYS:
        return AwsEntry(redact.hint(value), line, temporary=value.startswith("ASIA"))
    if key == "credential_process":
        return AwsEntry(_program(value), line)
    return AwsEntry(value[:2_000], line)


def _program(command: str) -> str:
    """The program of a command, and the script an interpreter is given; arguments may hold passwords."""
    words = command.split()
    if not words:
        return ""
    kept = words[:1]
    if re.fullmatch(r"(?:.*/)?(?:ba|z|da)?sh|(?:.*/)?(?:python|node)[\d.]*", words[0]) and len(words) > 1:
        kept += [w for w in words[1:2] if "/" in w]
    return " ".join(kept)


def named_paths(file: AwsFile) -> Iterator[str]:
    """Paths that the profiles of ``file`` name: token files, and programs given with a path."""
    for section in file.sections:
        for key in ("web_identity_token_file", "credential_process"):
            entry = section.entries.get(key)
            for word in entry.value.strip("\"'").split() if entry is not None else ():
                if "/" in word or "\\" in word:
                    yield word


def read_token(text: str, path: str) -> CachedToken:
    """One file of ``~/.aws/sso/cache`` or ``~/.aws/login/cache``: when it ends, and whether it can be renewed."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return CachedToken(path, problem="is not valid JSON")
    if not isinstance(data, Mapping):
        return CachedToken(path, problem="holds no JSON object")
    inner: Any = data.get("accessToken")
    ends = inner.get("expiresAt") if isinstance(inner, Mapping) else data.get("expiresAt")
    if not inner:
        return CachedToken(path, problem="holds no access token")
    expires = iso_time(ends)
    if expires is None:
        return CachedToken(path, problem="holds no readable expiresAt")
    renewable = bool(data.get("refreshToken"))
    registered = iso_time(data.get("registrationExpiresAt"))
    if registered is not None and registered < expires:
        renewable = False
    return CachedToken(path, expires, renewable)


def iso_time(value: object) -> float | None:
    """Unix time of ``2026-01-01T00:00:00Z`` (also with ``UTC`` or an offset); ``None`` for anything else."""
    if not isinstance(value, str) or len(value) > 40:
        return None
    plain = re.sub(r"(?:Z|UTC)$", "+00:00", value.strip())
    try:
        moment = datetime.fromisoformat(plain)
        return (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).timestamp()
    except (ValueError, OverflowError):
        return None
