"""AWS credentials of this machine as states: who would win, where it stands, what is wrong with it (pure)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone

from mcp_server import redact
from mcp_server.diagnose.credentials import CredentialState
from mcp_server.effective.aws import AwsSource, AwsView, aws_view
from mcp_server.snapshot import Snapshot

#: How many sources that are present but not used are told.
_MOST = 3


def aws_states(machine: Snapshot, now: float) -> Iterator[CredentialState]:
    """The source in force first, then the region, then what is present and not used. ``now`` is a Unix time."""
    view = aws_view(machine, now)
    if view.chosen is not None:
        yield _state(view.chosen)
    elif not machine.environment_hidden:
        yield _nothing(machine)
    yield from _region(machine, view)
    yield from _odd_files(machine)
    for source in view.hidden[:_MOST]:
        detail = f"present, not used by Claude Code: {source.detail}"
        yield CredentialState("aws", f"{source.name} ({source.where})", source.kind, detail, relevant=False)


def _state(source: AwsSource) -> CredentialState:
    ends = (
        datetime.fromtimestamp(source.expires, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ") if source.expires else None
    )
    return CredentialState(
        "aws",
        f"{source.name} ({source.where})",
        source.kind,
        source.detail,
        cause=source.cause,
        cure=source.cure,
        profile=source.profile or None,
        certain=source.cause is not None and source.last,
        expires=ends,
    )


def _nothing(machine: Snapshot) -> CredentialState:
    places = "environment"
    if machine.aws is not None:
        files = [f.path for f in (machine.aws.config, machine.aws.credentials)]
        places = f"environment, {' and '.join(files)}"
    detail = "no AWS credential was found; only an instance's own role is left, which needs a call"
    return CredentialState("aws", places, "none", detail, cause="aws_credentials_missing")


def _odd_files(machine: Snapshot) -> Iterator[CredentialState]:
    """Files that one of the programs does not read as meant; botocore refuses a whole file for one line."""
    for file in (machine.aws.config, machine.aws.credentials) if machine.aws is not None else ():
        path = _plain(file.path, 200)
        if file.unreadable:
            detail = f"{path} {file.unreadable}"
            yield CredentialState("aws", path, "file", detail, cause="aws_credentials_missing", cure="config_file")
        for line, problem in file.odd[:2]:
            yield CredentialState("aws", f"{path}:{line}", "file", f"{path}:{line}: {problem}", relevant=False)


def _region(machine: Snapshot, view: AwsView) -> Iterator[CredentialState]:
    if view.region is not None:
        beats = f"; beats {', '.join(view.region.beats)}" if view.region.beats else ""
        place = f"{view.region.name} ({view.region.source})"
        yield CredentialState("aws", place, "region", f"the region is {_plain(view.region.value)}{beats}")
    elif not machine.environment_hidden:
        yield CredentialState(
            "aws",
            "AWS_REGION",
            "region",
            "no region in AWS_REGION, AWS_DEFAULT_REGION or the profile: Claude Code takes us-east-1, boto3 refuses",
            cause="bedrock_model_id_invalid",
            cure="region",
        )


def _plain(value: str, limit: int = 60) -> str:
    return redact.quote(value, limit)
