"""Writes one file of the user's whole or not at all: readers see the old or the new content, whatever happens."""

from __future__ import annotations

import contextlib
import errno
import os
import shlex
import shutil
import stat
import tempfile
from pathlib import Path

from mcp_server.errors import GatewayError
from mcp_server.redact import quote

#: Mode of a new file that may hold credentials, and of a new folder for it.
PRIVATE = 0o600
_PRIVATE_FOLDER = 0o700
_NO_LINKS = (errno.EPERM, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EMLINK)
_FIXES = {
    errno.ENOSPC: "Free some space on that disk (or some of its inodes), then run the same command again.",
    errno.EDQUOT: "Your quota on that disk is used up: free some space, then run the same command again.",
    errno.EROFS: "That disk is mounted read-only: name another place, or make the change by hand.",
    errno.EACCES: "Get the right to read and write it and its folder, or make the change by hand.",
    errno.ENOENT: "Make its folder first, or name another place.",
    errno.ENOTDIR: "A part of the path is a file where a folder is needed: correct the path.",
}


def target(path: Path) -> Path:
    """The file that ``path`` means: a link's target, an absolute path for one that does not exist yet.

    Raises:
        GatewayError: it is no regular file, or a link that leads nowhere.
    """
    shown = quote(str(path), 200)
    try:
        if path.is_symlink() and not path.exists():
            raise GatewayError(f"{shown} is a link that leads nowhere.", "Correct or remove the link.")
        resolved = path.resolve()
        if resolved.exists() and not resolved.is_file():
            raise GatewayError(f"{shown} is no regular file.", "Name a file.")
    except (OSError, RuntimeError, ValueError) as error:
        said = str(getattr(error, "strerror", None) or "it cannot be followed").lower()
        raise GatewayError(f"{shown} cannot be reached: {said}.", "Check the path and its rights.") from error
    return resolved


def content(path: Path) -> bytes | None:
    """The bytes of the file, ``None`` when there is none.

    Raises:
        GatewayError: it cannot be read.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _failed(path, "read", error) from error


def replace(
    path: Path, before: bytes | None, after: bytes | None, *, temporary: str | None = None, mode: int = PRIVATE
) -> None:
    """``after`` in place of ``before`` in the file at ``path``, in one step. ``None``: there is no file.

    A link stays, its target is written. Mode, owner and extended attributes stay; a new file gets ``mode``.
    ``temporary`` is the name of the file beside it that is written first (else a random one).

    Raises:
        GatewayError: the file holds something else than ``before``, is read-only, or the folder refuses.
    """
    shown = quote(str(path), 200)
    made: Path | None = None
    try:
        place = path.resolve(strict=before is not None)
        status = place.stat() if before is not None else None
        if status is not None and not (stat.S_IMODE(status.st_mode) & 0o222 and os.access(place, os.W_OK)):
            raise _read_only(place, status)
        if after is not None:
            made = _written(place, after, temporary)
        if made is not None and status is not None:
            shutil.copystat(place, made)
            os.utime(made)
            _keep_owner(made, status, shown)
        elif made is not None:
            made.chmod(mode)
        if content(place) != before:
            raise GatewayError(
                f"{shown} was changed by somebody else meanwhile, and was left as it is.", "Run the same command again."
            )
        if made is None:
            place.unlink(missing_ok=True)
        elif before is None:
            _appear(made, place)
        else:
            made.replace(place)
        made = None
        _sync(place.parent)
    except OSError as error:
        raise _failed(path, "written", error) from error
    finally:
        if made is not None:
            with contextlib.suppress(OSError):
                made.unlink()


def other_names(path: Path) -> int:
    """How many hard links to the file at ``path`` there are besides; each would keep the old content."""
    try:
        return max(0, path.stat().st_nlink - 1) if path.is_file() else 0
    except OSError:
        return 0


def make_folder(path: Path) -> list[Path]:
    """The folder ``path`` with all above it; returns those that were made, outermost first.

    Raises:
        GatewayError: it cannot be made.
    """
    try:
        missing = [folder for folder in (path, *path.parents) if not folder.exists()]
        for folder in reversed(missing):
            folder.mkdir(mode=_PRIVATE_FOLDER, exist_ok=True)
    except OSError as error:
        raise _failed(path, "made", error) from error
    return missing[::-1]


def write_private(path: Path, data: bytes) -> None:
    """A file of our own, readable by its owner only, on the disk when this returns; in one step.

    Raises:
        GatewayError: it cannot be written.
    """
    try:
        _written(path, data, f"{path.name}.tmp").replace(path)
    except OSError as error:
        raise _failed(path, "written", error) from error
    _sync(path.parent)


def _appear(made: Path, place: Path) -> None:
    """Gives ``made`` the name ``place``, which no file has; never in the place of one that appeared meanwhile."""
    try:
        os.link(made, place)
        made.unlink()
    except OSError as error:
        if error.errno not in _NO_LINKS or os.path.lexists(place):
            raise
        made.replace(place)  # a file system without links, such as exFAT


def _written(place: Path, data: bytes, temporary: str | None) -> Path:
    if temporary is None:
        handle, name = tempfile.mkstemp(prefix=f".{place.name[:100]}.", suffix=".tmp", dir=place.parent)
        made = Path(name)
    else:
        made = place.parent / temporary
        handle = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0), PRIVATE)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
    except BaseException:
        with contextlib.suppress(OSError):
            made.unlink()
        raise
    return made


def _sync(folder: Path) -> None:
    """The folder's own entry on the disk, where the system can do that."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _keep_owner(made: Path, status: os.stat_result, shown: str) -> None:
    new = made.stat()
    if not hasattr(os, "chown") or (new.st_uid, new.st_gid) == (status.st_uid, status.st_gid):
        return
    try:
        os.chown(made, status.st_uid, status.st_gid)
        made.chmod(stat.S_IMODE(status.st_mode))  # a change of owner may clear bits
    except PermissionError as error:
        raise GatewayError(
            f"{shown} belongs to another user or group, which a rewritten file could not keep; it was left as it is.",
            "Run the command as its owner, or apply the shown diff by hand.",
        ) from error


def _read_only(place: Path, status: os.stat_result) -> GatewayError:
    shown = quote(str(place), 200)
    if hasattr(os, "geteuid") and os.geteuid() not in (0, status.st_uid):
        return GatewayError(
            f"{shown} belongs to another user, who alone may write it; it was left as it is.",
            "Run the command as its owner, or make the change by hand.",
        )
    return GatewayError(
        f"{shown} is read-only, and was left as it is.", f"Allow it: chmod u+w {quote(shlex.quote(str(place)), 200)}"
    )


def _failed(path: Path, what: str, error: OSError) -> GatewayError:
    said = (error.strerror or "unknown reason").lower()
    left = "; it was left as it is" if what == "written" and os.path.lexists(path) else ""
    return GatewayError(
        f"{quote(str(path), 200)} cannot be {what}: {said}{left}.",
        _FIXES.get(error.errno or 0, "Check the rights and the free space of its folder, or make the change by hand."),
    )
