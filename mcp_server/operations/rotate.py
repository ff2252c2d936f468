"""``rotate``: new key in, both valid, old key out, proof in between. A failure on the way leaves the old key working.

No key is an argument, none is printed; a new one goes into a file that only its owner can read.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from mcp_server.answer import Answer
from mcp_server.errors import GatewayError, UsageError
from mcp_server.generate.spec import DEFAULT_URL
from mcp_server.operations.rotation_steps import Steps, all_or_none, answer, rolled_back
from mcp_server.redact import quote

if TYPE_CHECKING:
    from mcp_server.net.litellm_keys import KeyApi

ADMIN_VARIABLE = "LITELLM_MASTER_KEY"


@dataclass(frozen=True)
class Request:
    """``variable`` names the key in the environment or in the first file; ``files`` hold it."""

    variable: str = ""
    files: Sequence[Path] = ()
    key_file: Path | None = None
    restart: str = ""
    base_url: str = ""
    admin_variable: str = ADMIN_VARIABLE
    keep_old: str = ""
    new_key_file: Path | None = None
    dry_run: bool = False


async def run(request: Request) -> Answer:
    """Rotates a LiteLLM virtual key (``variable``) or a local gateway's master key (``key_file``).

    Without an administrator's key the Answer is a plan for a person.

    Raises:
        UsageError: the request contradicts itself. GatewayError: nothing was begun, because something is missing.
    """
    from mcp_server.change.rotation import duration, plan

    if bool(request.variable or request.files) == bool(request.key_file):
        raise UsageError(
            "rotate needs to know the key: its variable, or the local gateway's key file.",
            "Give --variable NAME (with --file FILE where it is written down), or --key-file FILE.",
        )
    if request.keep_old:
        duration(request.keep_old)
    if request.key_file is not None:
        from mcp_server.operations import rotate_master_key

        return await rotate_master_key.rotate(
            request.key_file.expanduser(),
            request.restart,
            lambda key: _api(_base_url(request) or DEFAULT_URL, key),
            dry_run=request.dry_run,
        )
    admin = os.environ.get(request.admin_variable, "")
    base_url = _base_url(request)
    if not admin or request.dry_run:
        return plan(request.variable or "ANTHROPIC_AUTH_TOKEN", base_url)
    if not request.files and request.new_key_file is None:
        raise UsageError(
            "there is no file to put the new key into, and it is never printed.",
            "Give --file FILE for each file that holds the old key, or --new-key-file FILE.",
        )
    return await _virtual_key(request, _api(base_url, admin))


async def _virtual_key(request: Request, api: KeyApi) -> Answer:
    old, steps = _old_key(request), Steps()
    failed = await all_or_none(steps, _new_key_in(request, api, old, steps))
    return failed or await _old_key_out(request, api, old, steps)


async def _new_key_in(request: Request, api: KeyApi, old: str, steps: Steps) -> None:
    from mcp_server.change import apply as change
    from mcp_server.change import files
    from mcp_server.change.apply import Step
    from mcp_server.change.rotation import new_key_request, swapped

    steps.title = "Old key"
    if not await api.accepts(old):
        raise GatewayError("the gateway refuses the old key already.", "There is nothing to rotate: ask for a new key.")
    steps.passed("accepted; its limits were read")
    body = new_key_request(await api.info(old), datetime.now(timezone.utc))
    steps.title = "New key"
    new = await api.generate(body)
    steps.undo.append(("the new key", lambda: api.delete(new)))
    limits = ", ".join(sorted(body)) or "none"
    steps.passed(f"made with what the old one has ({limits})")
    steps.title = "Both keys are valid"
    if not (await api.accepts(new) and await api.accepts(old)):
        raise GatewayError("the gateway does not accept both.", "Look into its log; nothing was changed here.")
    steps.passed("the gateway lists its models to both")
    steps.title = "Swap"
    wanted = [
        Step(path, lambda before, p=path: swapped(before, old, new, str(p)))  # type: ignore[misc]
        for path in map(Path.expanduser, request.files)
    ]
    if request.new_key_file is not None:
        wanted.append(Step(request.new_key_file.expanduser(), lambda before: _only_new(before, new)))
    record, _ = change.apply("rotate a key", wanted)
    assert record is not None
    steps.undo.append(("the files", lambda: rolled_back(record.id)))
    steps.passed(f"{', '.join(quote(file.path, 120) for file in record.files)}, as change {record.id}")
    steps.title = "The key from the file works"
    held = files.content((request.files[0] if request.files else request.new_key_file or Path()).expanduser())
    if new.encode() not in (held or b"") or not await api.accepts(new):
        raise GatewayError("the gateway refuses the key that the file holds now.", "Look into the gateway's log.")
    steps.passed("accepted")


async def _old_key_out(request: Request, api: KeyApi, old: str, steps: Steps) -> Answer:
    """The last step: from here on the new key is in place, so nothing is taken back."""
    keep = request.keep_old or ("" if request.files else "24h")
    steps.title = "Old key out"
    try:
        if keep:
            await api.expire(old, keep)
            steps.passed(f"it expires in {keep}; until then both are valid")
        else:
            await api.delete(old)
            if await api.accepts(old):
                raise GatewayError(
                    "the gateway still accepts the old key after its deletion.",
                    "Its other instances may keep it for a minute: try again then, or restart them.",
                )
            steps.passed("deleted, and refused now")
    except GatewayError as error:
        steps.failed(error)
        return answer("errors", "The new key is in place and works, but the old one is still valid.", steps)
    return answer("ok", "The key was rotated: the new one works from its file, the old one is out.", steps)


def _only_new(before: bytes | None, new: str) -> bytes:
    if before is not None:
        raise UsageError("the file for the new key exists already.", "Name one that does not exist yet.")
    return f"{new}\n".encode()


def _old_key(request: Request) -> str:
    """The value of the variable: from the first file where one is named, else from the environment."""
    from mcp_server.operations.validate_config import read

    for file in request.files:
        path = file.expanduser()
        found = _variables(path, read(path)).get(request.variable or "ANTHROPIC_AUTH_TOKEN")
        if found:
            return found
    value = os.environ.get(request.variable, "")
    if not value:
        where = " or ".join(quote(str(f), 120) for f in request.files) or "the environment"
        raise GatewayError(
            f"{request.variable or 'ANTHROPIC_AUTH_TOKEN'} is not set in {where}.",
            "Name the variable that holds the old key with --variable.",
        )
    return value.strip()


def _variables(path: Path, data: bytes) -> dict[str, str]:
    """Variables of a settings or ``.env`` file; a file of another kind has none."""
    from mcp_server.change.merge import language_of
    from mcp_server.change.plain import plain
    from mcp_server.document.document import parse

    try:
        language = language_of(path.name)
    except UsageError:
        language = "env"
    found = plain(parse(data, language, str(path)).root)
    env = found.get("env") if isinstance(found, dict) else None
    return {str(k): v for k, v in env.items() if isinstance(v, str)} if isinstance(env, dict) else {}


def _base_url(request: Request) -> str:
    if request.base_url:
        return request.base_url.rstrip("/")
    from mcp_server.operations.validate_config import read

    for file in request.files:
        found = _variables(file.expanduser(), read(file.expanduser())).get("ANTHROPIC_BASE_URL")
        if found:
            return found.rstrip("/")
    return os.environ.get("ANTHROPIC_BASE_URL", "").rstrip("/")


def _api(base_url: str, admin: str) -> KeyApi:
    """The way to the gateway is the one that Claude Code would take to it: same proxy, same trust."""
    from mcp_server.effective import client_target
    from mcp_server.environment import snapshot
    from mcp_server.hosts import is_http_url
    from mcp_server.net.litellm_keys import KeyApi
    from mcp_server.net.route import route_of

    if not is_http_url(base_url):
        raise UsageError("the gateway's address is not known.", "Give --base-url http://host:port.")
    return KeyApi(route_of(client_target(snapshot(run_claude=False), base_url)), admin)
