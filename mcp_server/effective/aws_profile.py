"""One AWS profile: what kind of credentials it leads to, and what is wrong with it (pure; holds no secret)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

from mcp_server import redact
from mcp_server.snapshot import AwsEntry, AwsFile, AwsFiles, AwsSection, CachedToken

_KEY, _SECRET, _SESSION = "aws_access_key_id", "aws_secret_access_key", "aws_session_token"
_SOURCES = ("Environment", "Ec2InstanceMetadata", "EcsContainer")
#: The SDK renews a token a little before its end.
_SOON = 60.0


@dataclass(frozen=True)
class ProfileState:
    """Where a profile leads. ``where`` is ``file:line``; ``last`` when the search stops at this profile."""

    where: str
    kind: str
    detail: str
    cause: str | None = None
    cure: str | None = None
    profile: str = ""
    """The profile that needs the cure, when it is another one (a source profile)."""
    expires: float | None = None
    last: bool = False


@dataclass(frozen=True)
class _Profile:
    """Both sections of one profile; the credentials file beats the config file."""

    name: str
    parts: tuple[tuple[AwsFile, AwsSection], ...]

    def get(self, key: str) -> AwsEntry | None:
        return next((s.entries[key] for _, s in self.parts if key in s.entries), None)

    def value(self, key: str) -> str:
        entry = self.get(key)
        return entry.value if entry is not None else ""

    def at(self, key: str) -> str:
        """``file:line`` of ``key``, or of the first section."""
        for file, section in self.parts:
            if key in section.entries:
                return f"{redact.quote(file.path, 200)}:{section.entries[key].line}"
        file, section = self.parts[0]
        return f"{redact.quote(file.path, 200)}:{section.line}"


@dataclass(frozen=True)
class _Search:
    files: AwsFiles
    now: float
    seen: tuple[str, ...]
    """Profiles that led here by ``source_profile``."""


def profile_state(files: AwsFiles, name: str, now: float, seen: tuple[str, ...] = ()) -> ProfileState | None:
    """The state of profile ``name``; ``None`` when no file has it. ``now`` is a Unix time."""
    found = [(f, s) for f in (files.credentials, files.config) if (s := f.section(name)) is not None]
    if not found:
        return None
    profile = _Profile(name, tuple(found))
    search = _Search(files, now, seen)
    state = _role(profile, search) or _keys(profile) or _process(profile, search)
    state = state or _sso(profile, search) or _login(profile, search)
    if state is not None:
        return state
    where = f"{redact.quote(found[0][0].path, 200)}:{found[0][1].line}"
    detail = f"profile {_shown(name)} holds no credentials"
    return ProfileState(where, "empty profile", detail, "aws_credentials_missing", "profile", name)


def _role(profile: _Profile, search: _Search) -> ProfileState | None:
    role = profile.value("role_arn")
    if not role:
        return None
    where, shown = profile.at("role_arn"), redact.quote(role, 120)

    def broken(detail: str, cure: str, place: str = "role_arn") -> ProfileState:
        return ProfileState(
            profile.at(place), "assumed role", detail, "aws_credentials_missing", cure, profile.name, last=False
        )

    if token := profile.value("web_identity_token_file"):
        if search.files.paths.get(token, "file") != "file":
            place = redact.quote(token, 120)
            return broken(f"the token file {place} does not exist", "token_file", "web_identity_token_file")
        return ProfileState(where, "web identity", f"a token file is exchanged for role {shown}", last=True)
    source, other = profile.value("credential_source"), profile.value("source_profile")
    if source and source not in _SOURCES:
        return broken(f"credential_source must be one of {', '.join(_SOURCES)}", "profile", "credential_source")
    if source:
        return ProfileState(where, "assumed role", f"role {shown} with the credentials of {source}", last=True)
    if not other:
        detail = f"role {shown} has neither source_profile nor credential_source: nobody can assume it"
        return broken(detail, "profile")
    if profile.get("mfa_serial") is not None:
        detail = f"role {shown} asks for an MFA code, which no program without a terminal can give"
        return broken(detail, "mfa", "mfa_serial")
    # A profile may name itself when it also holds keys; every longer ring is an error.
    if other in search.seen or (other == profile.name and profile.get(_KEY) is None):
        return broken(f"source_profile {_shown(other)} leads back to itself", "profile", "source_profile")
    if other == profile.name:
        inner = _keys(profile)
    else:
        inner = profile_state(search.files, other, search.now, (*search.seen, profile.name))
    if inner is None:
        return broken(f"source_profile {_shown(other)} does not exist", "profile", "source_profile")
    detail = f"role {shown} with the credentials of profile {_shown(other)}: {inner.detail}"
    return replace(
        inner, where=where, kind="assumed role", detail=detail, profile=inner.profile or other, last=inner.last
    )


def _keys(profile: _Profile) -> ProfileState | None:
    key, secret = profile.get(_KEY), profile.get(_SECRET)
    if key is None and secret is None:
        return None
    if key is None or secret is None:
        there, missing = (_KEY, _SECRET) if key is not None else (_SECRET, _KEY)
        detail = f"{missing} is missing beside {there}"
        return ProfileState(profile.at(there), "access keys", detail, "aws_credentials_missing", "half", profile.name)
    session = profile.get(_SESSION)
    if key.temporary and session is None:
        detail = f"{key.value}: a temporary key without aws_session_token"
        place = profile.at(_KEY)
        return ProfileState(place, "access keys", detail, "aws_credentials_wrong", "session", profile.name, last=True)
    what = "temporary keys; the file does not say when they end" if session is not None else "a long-term key pair"
    return ProfileState(profile.at(_KEY), "access keys", f"{what} ({key.value})", profile=profile.name, last=True)


def _process(profile: _Profile, search: _Search) -> ProfileState | None:
    command = profile.value("credential_process")
    if not command:
        return None
    where = profile.at("credential_process")
    for word in command.strip("\"'").split():
        if search.files.paths.get(word, "file") == "missing":
            detail = f"the program {redact.quote(word, 120)} of credential_process does not exist"
            return ProfileState(where, "process", detail, "aws_credentials_missing", "process", profile.name)
    return ProfileState(
        where, "process", f"{redact.quote(command, 120)} prints the keys; it was not run here", last=True
    )


def _sso(profile: _Profile, search: _Search) -> ProfileState | None:
    session, url = profile.value("sso_session"), profile.value("sso_start_url")
    if not session and not url:
        return None
    where = profile.at("sso_session" if session else "sso_start_url")
    needed = [key for key in ("sso_account_id", "sso_role_name") if profile.get(key) is None]
    if needed:
        detail = f"the SSO profile lacks {' and '.join(needed)}"
        return ProfileState(where, "SSO", detail, "aws_credentials_missing", "sso_profile", profile.name)
    if session and search.files.config.section(session, "sso-session") is None:
        detail = f"sso_session {_shown(session)} has no section [sso-session {_shown(session)}]"
        return ProfileState(where, "SSO", detail, "aws_credentials_missing", "sso_profile", profile.name)
    name = hashlib.sha1((session or url).encode(), usedforsecurity=False).hexdigest()
    kind = f"SSO session {_shown(session)}" if session else "SSO (without sso_session)"
    return _cached(search.files.sso.get(name), profile.name, where, kind, "sso", search.now, renews=bool(session))


def _login(profile: _Profile, search: _Search) -> ProfileState | None:
    session = profile.value("login_session")
    if not session:
        return None
    name = hashlib.sha256(session.encode()).hexdigest()
    where = profile.at("login_session")
    return _cached(search.files.login.get(name), profile.name, where, "aws login", "login", search.now, renews=True)


def _cached(
    token: CachedToken | None, profile: str, where: str, kind: str, cure: str, now: float, *, renews: bool
) -> ProfileState:
    def ended(detail: str) -> ProfileState:
        return ProfileState(where, kind, detail, "aws_credentials_expired", cure, profile, last=True)

    if token is None:
        return ended("nobody is signed in: the token cache holds nothing for it")
    path = redact.quote(token.path, 200)
    if token.problem or token.expires is None:
        return ended(f"its cached token {path} {token.problem or 'has no end'}")
    when = minutes(token.expires, now)
    if token.expires - now > _SOON:
        return ProfileState(
            where, kind, f"signed in; the token ends {when}", profile=profile, expires=token.expires, last=True
        )
    if renews and token.renewable:
        detail = f"the token ended {when}; the SDK renews it with its refresh token, unless that has ended too"
        return ProfileState(where, kind, detail, profile=profile, expires=token.expires, last=True)
    return replace(ended(f"the sign-in ended {when} ({path})"), expires=token.expires)


def _shown(name: str) -> str:
    return redact.quote(name, 80)


def profile_names(files: AwsFiles) -> Iterator[str]:
    """Every profile of both files, once."""
    yield from dict.fromkeys(
        s.name for f in (files.config, files.credentials) for s in f.sections if s.kind == "profile"
    )


def minutes(expires: float, now: float) -> str:
    """``in 43 minutes`` or ``12 minutes ago``."""
    gap = round((expires - now) / 60)
    unit = "minute" if abs(gap) == 1 else "minutes"
    return f"in {gap:,} {unit}" if gap >= 0 else f"{-gap:,} {unit} ago"
