"""Managed settings for many machines: how the file gets there on each platform and is taken back, and what it binds.

Measured on Linux with Claude Code 2.1.330 and 2.1.197 (tests/generate/test_managed_settings_e2e.py); the places on
macOS and Windows are those of Claude Code's documentation, the registry key stands in its program.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcp_server.answer import ConfigFile
from mcp_server.generate.client import SETTINGS_FILES

if TYPE_CHECKING:
    from mcp_server.answer import Answer

_FILE = "managed-settings.json"
#: A file of its own in the drop-in folder: what is there already is not changed, and going back removes it.
DROP_IN = "managed-settings.d/50-llm-gateway.json"
FOLDERS = {
    "linux": "/etc/claude-code",
    "macos": "/Library/Application Support/ClaudeCode",
    "windows": r"C:\Program Files\ClaudeCode",
}


def with_roll_out(answer: Answer) -> Answer:
    """``answer`` with the commands and notes for a fleet, when its settings are managed ones."""
    path = SETTINGS_FILES["managed"][0]
    if not any(file.path == path for file in answer.config):
        return answer
    return answer.model_copy(update={"config": [*answer.config, *files()], "context": [*answer.context, *notes()]})


def files() -> list[ConfigFile]:
    """One text of commands for each platform."""
    return [
        ConfigFile(
            path="shell: roll out managed settings on Linux",
            language="shell",
            content=_unix(FOLDERS["linux"]),
            why="As root on each machine, or the same steps of your configuration management; WSL, too.",
        ),
        ConfigFile(
            path="shell: roll out managed settings on macOS",
            language="shell",
            content=_unix(FOLDERS["macos"]),
            why="As root on each machine, or as a script of your MDM.",
        ),
        ConfigFile(
            path="roll-out-managed-settings.ps1",
            language="powershell",
            content=_windows(),
            why="As administrator on each machine, or as a script of Intune or a group policy.",
        ),
    ]


def _unix(folder: str) -> str:
    target = f"{folder}/{DROP_IN}"
    lines = [
        f"# in the folder of {_FILE}; a broken file stops Claude Code 2.1.330 and is ignored by older ones, so it",
        "# is read first; it is laid beside its place and then moved, so that no session reads half of it:",
        f"python3 -m json.tool {_FILE} > /dev/null \\",
        f'  && install -d -m 0755 "{folder}/managed-settings.d" \\',
        f'  && install -m 0644 {_FILE} "{target}.new" \\',
        f'  && mv "{target}.new" "{target}"',
        "# what holds on this machine, and where each value comes from:",
        "#   llm-gateway explain",
        "# back:",
        f'#   rm "{target}"',
    ]
    return "\n".join(lines) + "\n"


def _windows() -> str:
    folder = "$env:ProgramFiles\\ClaudeCode\\managed-settings.d"
    return (
        "\n".join(
            [
                f"# In the folder of {_FILE}; a broken file stops Claude Code 2.1.330 and is ignored by older ones:",
                "$ErrorActionPreference = 'Stop'",
                f"Get-Content -Raw -Encoding UTF8 {_FILE} | ConvertFrom-Json | Out-Null",
                f'New-Item -ItemType Directory -Force "{folder}" | Out-Null',
                f'Copy-Item {_FILE} "{folder}\\50-llm-gateway.json" -Force',
                "# back:",
                f'#   Remove-Item "{folder}\\50-llm-gateway.json"',
                "# With a group policy instead: the whole text of the file as the text value Settings below",
                "# HKLM\\SOFTWARE\\Policies\\ClaudeCode. It takes the place of the files; the two are not merged.",
            ]
        )
        + "\n"
    )


def notes() -> list[str]:
    """What managed settings bind and what they do not."""
    return [
        "Fleet: the roll-out lays the file down as a drop-in, so managed settings that are there stay. Of two files "
        "that set one value the later name wins, and a drop-in beats managed-settings.json. The files are read when "
        "Claude Code starts; a variable that was removed is gone at the next start.",
        "Bound by it (measured): every variable in env, against shell, user, project, local and --settings. Not "
        "bound: model, which --model and ANTHROPIC_MODEL beat (availableModels with enforceAvailableModels binds "
        "both); variables that env does not name; and a key in a variable that env does not empty.",
        "Check the file before it goes out: Claude Code 2.1.330 refuses to start with a managed file that is not "
        "JSON, and 2.1.197 ignores it, so that the user's own settings hold again.",
    ]
