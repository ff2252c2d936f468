"""Which AWS credentials Claude Code would use, each source with its place and defect (pure; holds no secret).

The order was measured on Claude Code 2.1.197 and 2.1.330 against a recorder on loopback: ``awsCredentialExport``, the
access keys of the environment (skipped as soon as AWS_PROFILE is set, even to a profile that does not exist), the
profile, web identity, container, instance. A Bedrock API key beats them all. Where botocore 1.44 (LiteLLM, the AWS CLI)
decides otherwise, the source says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from mcp_server import redact
from mcp_server.effective.aws_profile import profile_names, profile_state
from mcp_server.effective.mode import filled, is_on
from mcp_server.snapshot import AwsFiles, Setting, Snapshot

BEARER = "AWS_BEARER_TOKEN_BEDROCK"
KEY_ID, SECRET, SESSION = "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"
EXPORT, REFRESH = "awsCredentialExport", "awsAuthRefresh"
REGION_VARIABLES = ("AWS_REGION", "AWS_DEFAULT_REGION")
_CONTAINER = ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI")


@dataclass(frozen=True)
class AwsSource:
    """One place where AWS credentials can come from. ``where`` is a file with its line, or ``shell``."""

    name: str
    where: str
    kind: str
    detail: str
    cause: str | None = None
    """Id of ``causes.yaml`` when the source has a defect."""
    cure: str | None = None
    profile: str = ""
    expires: float | None = None
    """Unix time."""
    last: bool = False
    """The search ends here, well or ill: what stands behind it is not asked."""
    skipped: bool = False
    """A setting makes Claude Code pass over it, whatever it holds."""


@dataclass(frozen=True)
class AwsView:
    """The sources that are present, strongest first. ``chosen`` is the one in force; ``None`` when there is none."""

    chosen: AwsSource | None
    hidden: tuple[AwsSource, ...]
    """Present, and not used."""
    region: Setting | None
    notes: tuple[str, ...] = ()
    """What differs between Claude Code and the programs built on botocore, and defects of the files."""


def aws_view(machine: Snapshot, now: float) -> AwsView:
    """The search of Claude Code on ``machine`` at the Unix time ``now``; files as far as ``machine.aws`` has them."""
    found = list(_sources(machine, now))
    # A source with a defect is passed over where the SDK passes over it; when nothing else is left, it is the answer.
    asked = [s for s in found if not s.skipped]
    chosen = next((s for s in asked if s.cause is None or s.last), None) or next(iter(asked), None)
    hidden = tuple(s for s in found if s is not chosen)
    return AwsView(chosen, hidden, aws_region(machine), tuple(_notes(machine, chosen)))


def aws_region(machine: Snapshot) -> Setting | None:
    """The region that Claude Code calls: two variables, then the profile of the config file (measured)."""
    given = [s for name in REGION_VARIABLES if (s := filled(machine.variable(name)))]
    if (profile := profile_region(machine)) is not None:
        given.append(profile)
    if not given:
        return None
    return replace(given[0], beats=(*given[0].beats, *(f"{s.name} ({s.source})" for s in given[1:])))


def profile_region(machine: Snapshot) -> Setting | None:
    """``region`` of the profile in use, as the config file has it."""
    name = profile_name(machine)
    section = machine.aws.config.section(name) if machine.aws is not None else None
    entry = section.entries.get("region") if section is not None else None
    if machine.aws is None or entry is None or not entry.value:
        return None
    return Setting(f"region of profile {name}", entry.value, "user", f"{machine.aws.config.path}:{entry.line}")


def profile_name(machine: Snapshot) -> str:
    """The profile Claude Code takes. It does not read AWS_DEFAULT_PROFILE (measured)."""
    told = filled(machine.variable("AWS_PROFILE"))
    return told.value.strip() if told is not None else "default"


def _sources(machine: Snapshot, now: float) -> Iterator[AwsSource]:
    bearer = filled(machine.variable(BEARER))
    if bearer is not None:
        yield _bearer(bearer)
    export = filled(machine.key(EXPORT))
    if export is not None:
        yield AwsSource(EXPORT, export.source, "command", "a command prints temporary keys; it was not run here")
    told = filled(machine.variable("AWS_PROFILE"))
    pair = _environment(machine)
    if pair is not None:
        yield pair if told is None else _skipped(pair, told)
    yield from _profile(machine, told, now)
    yield from _elsewhere(machine)


def _bearer(setting: Setting) -> AwsSource:
    value = setting.value.strip()
    hint = redact.hint(value)
    if value.lower().startswith("bearer "):
        detail = "the value begins with the word Bearer, which the client adds itself"
        return AwsSource(
            BEARER, setting.source, "Bedrock API key", detail, "aws_credentials_wrong", "bearer", last=True
        )
    if not value.startswith(("ABSK", "bedrock-api-key-")):
        detail = f"{hint}: a Bedrock API key begins with ABSK or bedrock-api-key-"
        return AwsSource(
            BEARER, setting.source, "Bedrock API key", detail, "aws_credentials_wrong", "bearer", last=True
        )
    detail = f"{hint}; it beats every other AWS credential"
    return AwsSource(BEARER, setting.source, "Bedrock API key", detail, last=True)


def _environment(machine: Snapshot) -> AwsSource | None:
    key, secret = filled(machine.variable(KEY_ID)), filled(machine.variable(SECRET))
    session = filled(machine.variable(SESSION))
    present = key or secret or session
    if present is None:
        return None
    if key is None or secret is None:
        missing = " and ".join(n for n, s in ((KEY_ID, key), (SECRET, secret)) if s is None)
        detail = f"half of the access key pair is set; {missing} is missing, so the pair is not used"
        return AwsSource(present.name, present.source, "access keys", detail, "aws_credentials_missing", "half")
    hint = redact.hint(key.value.strip())
    if key.value.strip().startswith("ASIA") and session is None:
        detail = f"{hint}: a temporary key, and {SESSION} is not set"
        return AwsSource(KEY_ID, key.source, "access keys", detail, "aws_credentials_wrong", "session", last=True)
    if key.value.strip().startswith("AKIA") and session is not None:
        detail = f"{hint}: a long-term key beside an {SESSION} ({session.source}) that belongs to another key"
        return AwsSource(KEY_ID, key.source, "access keys", detail, "aws_credentials_wrong", "session", last=True)
    what = "temporary keys with a session token" if session is not None else "an access key pair"
    return AwsSource(KEY_ID, key.source, "access keys", f"{what} ({hint})", last=True)


def _skipped(pair: AwsSource, told: Setting) -> AwsSource:
    detail = f"{pair.detail}; not used, because AWS_PROFILE ({told.source}) is set"
    return replace(pair, detail=detail, last=False, skipped=True)


def _profile(machine: Snapshot, told: Setting | None, now: float) -> Iterator[AwsSource]:
    files = machine.aws
    if files is None:
        if told is not None:
            name = redact.quote(told.value.strip(), 80)
            yield AwsSource(f"profile {name}", told.source, "profile", f"AWS_PROFILE names {name}; not looked at here")
        return
    name = profile_name(machine)
    state = profile_state(files, name, now)
    if state is None and told is None:
        return
    if state is None:
        assert told is not None
        yield _missing(files, name, told)
        return
    origin = f" (AWS_PROFILE, {told.source})" if told is not None else ""
    yield AwsSource(
        f"profile {redact.quote(name, 80)}{origin}",
        state.where,
        state.kind,
        state.detail,
        state.cause,
        state.cure,
        profile=state.profile or name,
        expires=state.expires,
        last=state.last,
    )


def _missing(files: AwsFiles, name: str, told: Setting) -> AwsSource:
    shown = redact.quote(name, 80)
    listed = ", ".join(redact.quote(n, 40) for n in list(profile_names(files))[:6]) or "none"
    detail = f"AWS_PROFILE names {shown}, and no file has that profile (there: {listed})"
    for file in (files.config, files.credentials):
        for line, problem in file.odd:
            if name in problem:
                detail = f"{detail}; {file.path}:{line}: {problem}"
    return AwsSource(f"profile {shown}", told.source, "profile", detail, "aws_credentials_missing", "profile", name)


def _elsewhere(machine: Snapshot) -> Iterator[AwsSource]:
    token, role = filled(machine.variable("AWS_WEB_IDENTITY_TOKEN_FILE")), filled(machine.variable("AWS_ROLE_ARN"))
    if token is not None and role is None:
        detail = "AWS_WEB_IDENTITY_TOKEN_FILE is set without AWS_ROLE_ARN"
        yield AwsSource(token.name, token.source, "web identity", detail, "aws_credentials_missing", "role")
    elif token is not None and role is not None:
        path = token.value.strip()
        there = machine.aws.paths.get(path, "file") if machine.aws is not None else "file"
        shown = redact.quote(path, 120)
        if there != "file":
            detail = f"the token file {shown} is {'missing' if there == 'missing' else 'no readable file'}"
            yield AwsSource(token.name, token.source, "web identity", detail, "aws_credentials_missing", "token_file")
        else:
            detail = f"the token in {shown} is exchanged for role {redact.quote(role.value.strip(), 120)}"
            yield AwsSource(token.name, token.source, "web identity", detail, last=True)
    for name in _CONTAINER:
        if (setting := filled(machine.variable(name))) is not None:
            detail = "a container or pod agent hands out keys; whether it answers needs a call"
            yield AwsSource(name, setting.source, "container role", detail, last=True)


def _notes(machine: Snapshot, chosen: AwsSource | None) -> Iterator[str]:
    told, pair = filled(machine.variable("AWS_PROFILE")), _environment(machine)
    if told is not None and pair is not None and pair.cause is None:
        yield (
            "AWS_PROFILE and access keys are both set: Claude Code takes the profile; LiteLLM and the AWS CLI take "
            "the keys. Unset one of them."
        )
    other = filled(machine.variable("AWS_DEFAULT_PROFILE"))
    if other is not None and (told is None or told.value != other.value):
        yield "AWS_DEFAULT_PROFILE is set: boto3 and the AWS CLI obey it, Claude Code does not read it."
    region, second = (filled(machine.variable(name)) for name in REGION_VARIABLES)
    if region is not None and second is None:
        yield "AWS_REGION alone: Claude Code reads it, boto3 reads only AWS_DEFAULT_REGION or the profile's region."
    if region is not None and second is not None and region.value != second.value:
        yield "AWS_REGION and AWS_DEFAULT_REGION differ: Claude Code takes the first, boto3 the second."
    if filled(machine.key(REFRESH)) is not None:
        yield "awsAuthRefresh is configured: Claude Code runs it at its start and when the credentials have expired."
    if chosen is None and is_on(machine.variable("AWS_EC2_METADATA_DISABLED")):
        yield "AWS_EC2_METADATA_DISABLED is on, so the instance's own role is not asked either."
    if machine.aws is not None:
        for file in (machine.aws.config, machine.aws.credentials):
            if file.unreadable:
                yield f"{redact.quote(file.path, 200)} {file.unreadable}."
            for line, problem in file.odd[:3]:
                yield f"{redact.quote(file.path, 200)}:{line}: {problem}."
