"""``validate_config``: check one configuration file, offline, without executing or fetching anything in it."""

from __future__ import annotations

import gc
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mcp_server.errors import GatewayError, UsageError, nearest
from mcp_server.redact import quote

if TYPE_CHECKING:
    from mcp_server.answer import Answer, Finding
    from mcp_server.document.document import Document
    from mcp_server.validate.context import Context, SettingsScope
    from mcp_server.validate.engine import Report
    from mcp_server.validate.selection import Selection

#: More than 10,000 deployments; a larger file is no configuration and would keep the reader waiting.
MAX_BYTES = 8_000_000


@dataclass(frozen=True)
class Checked:
    """One file that was checked: what was read, what was found, and the Answer about it."""

    document: Document
    context: Context
    report: Report
    answer: Answer


def run(path: str | None = None, content: str | None = None, kind: str = "auto", environment: str = "check") -> Answer:
    """The Answer about the file at ``path`` or about ``content`` (exactly one of them).

    Raises:
        UsageError, GatewayError: see ``check``.
    """
    with collector_paused():  # until the tree is gone, which needs no collector
        return check(path, content, kind, environment).answer


def check(
    path: str | None = None,
    content: str | bytes | None = None,
    kind: str = "auto",
    environment: str = "check",
    *,
    name: str | None = None,
    litellm: str | None = None,
    selection: Selection | None = None,
    known: Callable[[Finding], bool] | None = None,
) -> Checked:
    """The same, with what was read and found, for surfaces that show more than the Answer.

    ``name`` is where ``content`` belongs, ``litellm`` the release that will read it, ``selection`` and ``known``
    say which findings count.

    Raises:
        UsageError: the arguments contradict each other, or name something unknown.
        GatewayError: the file cannot be read, or its kind is not recognisable; the message names place and remedy.
    """
    from mcp_server.document.document import decode, parse
    from mcp_server.validate.context import Context
    from mcp_server.validate.engine import report
    from mcp_server.validate.kinds import detect, get, parse_kind, settings_scope
    from mcp_server.validate.selection import ALL
    from mcp_server.validate.summary import summarise

    if (path is None) == (content is None):
        raise UsageError(
            "validate_config needs exactly one of path and content.",
            "Give the path of the file, or its text as content.",
        )
    if environment not in ("check", "ignore"):
        raise UsageError(f"environment {quote(environment, 40)!r} is not known.", "Use check or ignore.")
    wanted = parse_kind(kind)
    given = path if path is not None else name
    file = None if given is None else _located(given)
    data = _bounded(content) if content is not None else read(file or Path())
    text = decode(data)[0] if isinstance(data, bytes) else data
    # a file name need not be valid text; the answer must be
    name = None if file is None else str(file).encode("utf-8", "replace").decode("utf-8")
    chosen = wanted or detect(name, text)
    module = get(chosen)
    with collector_paused():
        document = parse(data, module.LANGUAGE, name, reader=module.READER, documents=module.DOCUMENTS)
    context = Context(
        kind=chosen,
        environment=dict(os.environ) if environment == "check" else None,
        exists=None if file is None else lambda other: _exists(file.parent, other),
        read=None if file is None else lambda other: _neighbour(file.parent, other),
        scope=_scope(file, settings_scope(name)),
        litellm=litellm,
    )
    shown = quote(name, 200) if name else "the given content"
    selection = selection or ALL
    with collector_paused():
        found = selection.narrow(document, report(document, context, selection.rules), known)
        return Checked(document, context, found, summarise(document, context, found, shown))


@contextmanager
def collector_paused() -> Iterator[None]:
    """No cyclic collection while a tree is built and walked: it finds nothing and makes time grow faster than size."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _scope(file: Path | None, scope: SettingsScope | None) -> SettingsScope | None:
    """``~/.claude/settings.json`` is the user's own file, whatever project the home folder looks like."""
    return "user" if file is not None and scope == "project" and file.parent.parent == Path.home() else scope


def _located(path: str) -> Path:
    if not path.strip():
        raise UsageError("path is empty.", "Give the path of the file to check.")
    try:
        return Path(path).expanduser()
    except RuntimeError as error:
        raise GatewayError(
            f"{quote(path)} names a home folder that does not exist.", "Write the path in full."
        ) from error


def read(file: Path) -> bytes:
    """The bytes of a configuration file.

    Raises:
        GatewayError: there is none that can be read.
    """
    shown = quote(str(file), 200)
    try:
        status = file.stat()
        if stat.S_ISDIR(status.st_mode):
            raise GatewayError(f"{shown} is a folder, not a file.", _inside(file))
        if not stat.S_ISREG(status.st_mode):
            raise GatewayError(f"{shown} is a device or pipe, not a file.", "Give a regular file, or content.")
        if status.st_size > MAX_BYTES:
            raise _too_large(shown, status.st_size)
        with file.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise GatewayError(f"{shown} does not exist.", _similar(file)) from error
    except PermissionError as error:
        raise GatewayError(f"{shown} may not be read by this user.", f"Allow it: chmod u+r {shown}") from error
    except (OSError, ValueError) as error:
        said = error.strerror if isinstance(error, OSError) and error.strerror else "the path is malformed"
        raise GatewayError(
            f"{shown} cannot be read: {said.lower()}.", "Check the path (links, length, mount)."
        ) from error
    if len(data) > MAX_BYTES:  # it grew, or lies about its size (/proc)
        raise _too_large(shown, len(data))
    return data


def _bounded(content: str | bytes) -> str | bytes:
    if len(content) > MAX_BYTES:
        raise _too_large("content", len(content))
    return content


def _too_large(what: str, size: int) -> GatewayError:
    return GatewayError(
        f"{what} has {size:,} bytes, and configurations up to {MAX_BYTES:,} bytes are checked.",
        "Check that it is the right file; a real configuration of this size should be split with include:.",
    )


def _inside(folder: Path) -> str:
    try:
        names = sorted(p.name for p in folder.iterdir() if p.suffix in (".yaml", ".yml", ".json"))[:5]
    except OSError:
        names = []
    return f"Name a file in it: {', '.join(quote(n, 60) for n in names)}." if names else "Name a file."


def _similar(file: Path) -> str:
    try:
        names = [p.name for p in file.parent.iterdir()][:2_000]
    except OSError:
        return f"The folder {quote(str(file.parent), 200)} does not exist or cannot be read; check the path."
    close = nearest(file.name, names)
    return f"Did you mean {quote(close, 80)}?" if close else "Check the path."


def _neighbour(folder: Path, other: str) -> bytes | None:
    """The bytes of a file that the checked one includes; ``None`` when it is no readable file of sane size."""
    try:
        return read(folder / Path(other).expanduser())
    except (GatewayError, RuntimeError):
        return None


def _exists(folder: Path, other: str) -> bool:
    try:
        return (folder / Path(other).expanduser()).exists()
    except (OSError, ValueError, RuntimeError):
        return False
