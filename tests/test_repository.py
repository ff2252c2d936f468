"""What must never be committed, and what must agree with the code."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from mcp_server import __version__
from mcp_server.run.programs import versions

ROOT = Path(__file__).parent.parent
# Written in pieces, so that this file does not contain what it looks for.
REGISTRY_HOSTS = re.compile(
    "|".join(re.escape(".".join(parts)) for parts in (
        ("pypi", "org"), ("pythonhosted", "org"), ("registry", "npmjs", "org"), ("deb", "debian", "org"),
    ))
)  # fmt: skip
MACHINE_PATHS = re.compile("(?<![\\w.~])/" + "(?:root|work|home/\\w+|Users/\\w+)/")


def tracked_files() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout.decode()
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def texts() -> dict[str, str]:
    found = {}
    for path in tracked_files():
        data = path.read_bytes()
        if b"\0" not in data:
            found[path.relative_to(ROOT).as_posix()] = data.decode("utf-8", errors="replace")
    return found


def test_no_file_names_a_package_registry_or_a_path_of_a_machine() -> None:
    bad = [
        f"{name}: {match[0]}"
        for name, text in texts().items()
        for pattern in (REGISTRY_HOSTS, MACHINE_PATHS)
        for match in pattern.finditer(text)
    ]
    assert bad == []


def test_no_file_holds_a_private_key_or_a_live_looking_credential() -> None:
    live = re.compile(
        r"-----BEGIN [A-Z ]*PRIVATE KEY-----\n[A-Za-z0-9+/]{40}"
        r"|\bAKIA(?!IOSFODNN7EXAMPLE)[A-Z0-9]{16}\b|\bghp_[A-Za-z0-9]{36}\b|\bya29\.[\w-]{60,}"
    )
    bad = [name for name, text in texts().items() if live.search(text)]
    assert bad == []


def test_the_version_has_one_home() -> None:
    plugin = json.loads((ROOT / ".claude-plugin" / "plugin.json").read_text(encoding="utf-8"))
    assert plugin["version"] == __version__


def test_documentation_names_only_pinned_versions_of_the_clients() -> None:
    pinned = set(versions()["claude_code"])
    for name in ("README.md", "AGENTS.md"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert set(re.findall(r"\b2\.1\.\d+\b", text)) <= pinned


def test_links_between_files_lead_somewhere() -> None:
    for name, text in texts().items():
        if name.endswith(".md"):
            for target in re.findall(r"\]\((?!https?://|#|mailto:)([^)#\s]+)", text):
                assert ((ROOT / name).parent / target).exists(), f"{name} links to {target}, which does not exist"


@pytest.mark.parametrize("script", ["docs.py", "skill_references.py"])
def test_generated_pages_agree_with_the_code(script: str) -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "maintenance" / script), "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
