"""What a local gateway needs of this machine, and how each thing is installed on each platform."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Platform = Literal["debian", "fedora", "macos", "windows", "linux"]
PLATFORMS: tuple[Platform, ...] = ("debian", "fedora", "macos", "windows", "linux")
TITLES: dict[Platform, str] = {
    "debian": "Debian or Ubuntu",
    "fedora": "Fedora or RHEL",
    "macos": "macOS",
    "windows": "Windows",
    "linux": "Linux",
}
_UV = "curl -LsSf https://astral.sh/uv/install.sh | sh"
_GCLOUD = "curl -fsSL https://sdk.cloud.google.com | bash"
_AWS = (
    'curl -fsSo awscliv2.zip "https://awscli.amazonaws.com/awscli-exe-linux-$(uname -m).zip" '
    "&& unzip -q awscliv2.zip && sudo ./aws/install"
)
_NVM = (
    "curl -fsSL https://raw.githubusercontent.com/nvm-sh/nvm/v0.40.3/install.sh | bash "
    "&& . ~/.nvm/nvm.sh && nvm install 22"
)


@dataclass(frozen=True)
class Tool:
    """One program: what it is for, and the command that installs it."""

    program: str
    title: str
    why: str
    install: dict[Platform, str]


def _packages(debian: str, fedora: str, macos: str, windows: str, linux: str = "") -> dict[Platform, str]:
    return {
        "debian": f"sudo apt-get install -y {debian}",
        "fedora": f"sudo dnf install -y {fedora}",
        "macos": f"brew install {macos}",
        "windows": f"winget install {windows}",
        "linux": linux or f"your distribution's package, for example: sudo dnf install -y {fedora}",
    }


#: Sources: the vendors' installation pages and the distributions' package lists, checked 2026-11-25.
TOOLS: dict[str, Tool] = {
    tool.program: tool
    for tool in (
        Tool(
            "python",
            "Python",
            "llm-gateway and LiteLLM run on it",
            _packages("python3 python3-venv", "python3", "python@3.12", "Python.Python.3.12"),
        ),
        Tool(
            "uv",
            "uv or pip with venv",
            "installs LiteLLM",
            {
                "debian": "sudo apt-get install -y python3-pip python3-venv",
                "fedora": "sudo dnf install -y uv",
                "macos": "brew install uv",
                "windows": "winget install astral-sh.uv",
                "linux": _UV,
            },
        ),
        Tool(
            "npm",
            "Node.js with npm",
            "installs Claude Code",
            # Debian 12's own is too old.
            {**_packages("", "nodejs npm", "node", "OpenJS.NodeJS.LTS", _NVM), "debian": _NVM},
        ),
        Tool(
            "claude",
            "Claude Code",
            "the client",
            dict.fromkeys(PLATFORMS, "npm install -g @anthropic-ai/claude-code@{version}"),
        ),
        Tool("git", "git", "Claude Code works in repositories", _packages("git", "git", "git", "Git.Git")),
        Tool(
            "gcloud",
            "Google Cloud CLI",
            "makes the login for Vertex AI (a service-account file needs no gcloud)",
            {
                **_packages("", "", "--cask gcloud-cli", "Google.CloudSDK", _GCLOUD),
                "debian": _GCLOUD,
                "fedora": _GCLOUD,
            },
        ),
        Tool(
            "aws",
            "AWS CLI",
            "makes the login for Bedrock (access keys need no CLI)",
            {**_packages("", "awscli2", "awscli", "Amazon.AWSCLI", _AWS), "debian": _AWS},
        ),
        Tool(
            "psql",
            "PostgreSQL client",
            "reaches the database of budgets and virtual keys",
            _packages("postgresql-client", "postgresql", "libpq", "PostgreSQL.PostgreSQL.17"),
        ),
        Tool(
            "redis-cli",
            "Redis client",
            "reaches what several instances share",
            {**_packages("redis-tools", "valkey", "redis", ""), "windows": "wsl --install, then apt-get there"},
        ),
    )
}


def platform() -> Platform:
    """The platform of this machine; WSL is the distribution in it."""
    if sys.platform == "darwin":
        return "macos"
    if sys.platform == "win32":
        return "windows"
    return family(_os_release())


def family(os_release: str) -> Platform:
    """The family that the text of ``/etc/os-release`` names."""
    words: set[str] = set()
    for line in os_release.splitlines():
        name, _, value = line.partition("=")
        if name in ("ID", "ID_LIKE"):
            words |= set(value.strip().strip("\"'").lower().split())
    if words & {"debian", "ubuntu"}:
        return "debian"
    return "fedora" if words & {"fedora", "rhel", "centos"} else "linux"


def install(program: str, where: Platform, version: str = "") -> str:
    """The command that installs ``program`` on that platform."""
    return TOOLS[program].install[where].replace("{version}", version)


def is_wsl() -> bool:
    """Whether this Linux runs inside Windows."""
    try:
        return "microsoft" in Path("/proc/version").read_text("utf-8", "replace").lower()
    except OSError:
        return False


def cloud() -> str:
    """The provider whose virtual machine this is, as the firmware tells it: it may lend its own role. Else empty."""
    told = ""
    for name in ("sys_vendor", "product_name", "board_asset_tag"):
        try:
            told += (Path("/sys/class/dmi/id") / name).read_text("utf-8", "replace").lower()
        except OSError:
            continue
    return "vertex" if "google" in told else "bedrock" if "amazon" in told else ""


def writable(folder: Path) -> str:
    """Why nothing can be written into ``folder`` (or where it would be made); empty when it can. Leaves nothing."""
    import os
    import tempfile

    place = next((p for p in (folder, *folder.parents) if p.exists()), folder)
    if not place.is_dir():
        return f"{place} is no folder"
    try:
        handle, name = tempfile.mkstemp(prefix=".llm-gateway-", dir=place)
        try:
            os.write(handle, b"x" * 4_096)
            os.fsync(handle)
        finally:
            os.close(handle)
            Path(name).unlink()
    except OSError as error:
        return (error.strerror or "unknown reason").lower()
    return ""


def free_bytes(folder: Path) -> int:
    """Free space where ``folder`` lies or would lie."""
    place = next((p for p in (folder, *folder.parents) if p.exists()), Path("/"))
    return shutil.disk_usage(place).free


def _os_release() -> str:
    try:
        return Path("/etc/os-release").read_text("utf-8", "replace")
    except OSError:
        return ""
