"""Several releases in little room: one whole, the others as differences from it."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any


def difference(base: Any, other: Any) -> dict[str, Any] | None:
    """What turns ``base`` into ``other``, as ``catalogue/patch.py`` applies it; ``None`` when they are equal."""
    if base == other:
        return None
    if isinstance(base, dict) and isinstance(other, dict):
        change: dict[str, Any] = {}
        if gone := sorted(base.keys() - other.keys()):
            change["gone"] = gone
        if new := {k: other[k] for k in sorted(other.keys() - base.keys())}:
            change["new"] = new
        inside = {k: d for k in sorted(base.keys() & other.keys()) if (d := difference(base[k], other[k]))}
        if inside:
            change["inside"] = inside
        return change
    if _names(base) and _names(other):
        change = {"gone": sorted(set(base) - set(other)), "new": sorted(set(other) - set(base))}
        if sorted(base) == base and sorted(other) == other:
            return {k: v for k, v in change.items() if v}
    return {"is": other}


def _names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value) and len(set(value)) == len(value)


def extract_release(release: str, uv: str, script: Path, keep: Path | None) -> str:
    """What ``script --print`` says when that release is importable: fetched without its requirements (those of the
    installed release serve), so that a release costs megabytes and seconds. ``keep``: where it stays, or lies already.

    Raises:
        SystemExit: the release cannot be fetched or read.
    """
    with tempfile.TemporaryDirectory(prefix="litellm-") as folder:
        place = str(keep / release) if keep else folder
        if not (Path(place) / "litellm").is_dir():
            fetch = [uv, "pip", "install", "--quiet", "--no-deps", "--python", sys.executable, "--target", place]
            _run([*fetch, f"litellm=={release}"], None)
        return _run([sys.executable, str(script), "--print"], place)


def _run(command: list[str], path: str | None) -> str:
    environment = {**os.environ, **({"PYTHONPATH": path} if path else {})}
    done = subprocess.run(
        command, capture_output=True, text=True, env=environment, stdin=subprocess.DEVNULL, check=False
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(command[:3])} … failed:\n{done.stderr[-2_000:]}")
    return done.stdout
