"""What Claude Code reads of the plugin: manifests, command, agent and skills agree with the server and the rules."""

from __future__ import annotations

import asyncio
import json
import re
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from mcp_server import __version__
from mcp_server.server import build_server

ROOT = Path(__file__).parent.parent.parent
PREFIX = "mcp__plugin_llm-gateway_gateway__"
TOOLS = asyncio.run(build_server().list_tools())
SKILLS = sorted(ROOT.glob("skills/*/SKILL.md"))
DESCRIBED = [ROOT / "commands" / "gateway.md", ROOT / "agents" / "gateway-engineer.md", *SKILLS]
NAMED = re.compile(re.escape(PREFIX) + r"\w+")


def page(path: Path) -> tuple[dict[str, Any], str]:
    """Front matter and body."""
    _, head, body = path.read_text(encoding="utf-8").split("---\n", 2)
    return dict(yaml.safe_load(head)), body


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def manifest(name: str) -> dict[str, Any]:
    return dict(json.loads((ROOT / ".claude-plugin" / name).read_text(encoding="utf-8")))


def test_the_manifests_carry_the_version_of_the_package() -> None:
    (entry,) = manifest("marketplace.json")["plugins"]
    assert (manifest("plugin.json")["version"], entry["version"]) == (__version__, __version__)
    assert entry["name"] == manifest("plugin.json")["name"] == "llm-gateway"


def test_the_server_is_started_by_the_launcher_in_isolated_mode() -> None:
    servers = json.loads((ROOT / manifest("plugin.json")["mcpServers"]).read_text(encoding="utf-8"))["mcpServers"]
    assert list(servers) == ["gateway"]
    assert servers["gateway"]["command"] == "${LLM_GATEWAY_PYTHON:-python3}"
    assert servers["gateway"]["args"] == ["-I", "${CLAUDE_PLUGIN_ROOT}/plugin/launch.py"]
    assert "alwaysLoad" not in servers["gateway"]  # docs/decisions/0001-tool-loading.md


def test_nothing_at_the_root_has_a_second_meaning_for_claude_code() -> None:
    # A root .mcp.json is a failing project server in every checkout; a root CLAUDE.md fails strict validation.
    assert [name for name in (".mcp.json", "CLAUDE.md", "hooks") if (ROOT / name).exists()] == []


def test_the_icon_is_a_square_of_512_pixels() -> None:
    head = (ROOT / ".claude-plugin" / "icon.png").read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", head[16:24]) == (512, 512)


def test_the_command_answers_to_its_bare_name_and_no_skill_competes() -> None:
    head, _ = page(ROOT / "commands" / "gateway.md")
    assert head["name"] == "gateway"
    assert [page(path)[0]["name"] for path in SKILLS] == [path.parent.name for path in SKILLS]
    assert "gateway" not in {path.parent.name for path in SKILLS}


def test_the_command_allows_every_read_only_tool_and_none_that_bills_or_writes() -> None:
    head, _ = page(ROOT / "commands" / "gateway.md")
    free = [PREFIX + tool.name for tool in TOOLS if tool.annotations and tool.annotations.read_only_hint]
    assert [name.strip() for name in head["allowed-tools"].split(",")] == free
    assert not {PREFIX + "test_model", PREFIX + "apply_config"} & set(free)


def test_the_command_loads_all_tools_by_exact_name_in_one_search() -> None:
    _, body = page(ROOT / "commands" / "gateway.md")
    (names,) = re.findall(r"`select:(\S+)`", body)
    assert names.split(",") == [PREFIX + tool.name for tool in TOOLS]


def test_the_command_names_each_tool_and_the_four_sections_in_order() -> None:
    _, body = page(ROOT / "commands" / "gateway.md")
    assert [tool.name for tool in TOOLS if f"`{tool.name}`" not in body] == []
    assert re.findall(r"^## (.+)$", body, re.MULTILINE) == ["Quick Answer", "Config", "Verification", "Context"]
    assert "$ARGUMENTS" in body
    assert 'python3 -I "${CLAUDE_PLUGIN_ROOT}/plugin/launch.py" --check "${CLAUDE_PLUGIN_DATA}"' in body


@pytest.mark.parametrize("path", DESCRIBED, ids=name_of)
def test_every_tool_that_is_named_in_full_exists(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert set(NAMED.findall(text)) <= {PREFIX + tool.name for tool in TOOLS}
    head, _ = page(path)
    if path.parent.name == "agents":
        # An agent talks to nobody, so it does not get the tool that asks and writes.
        harmless = {
            PREFIX + tool.name for tool in TOOLS if not (tool.annotations and tool.annotations.destructive_hint)
        }
        mine = {name.strip() for name in head["tools"].split(",") if name.strip().startswith(PREFIX)}
        assert mine == harmless


@pytest.mark.parametrize(
    ("path", "limit"),
    [(path, {"commands": 40, "agents": 60}.get(path.parent.name, 150)) for path in DESCRIBED],
    ids=lambda value: name_of(value) if isinstance(value, Path) else str(value),
)
def test_pages_stay_short(path: Path, limit: int) -> None:
    head, body = page(path)
    assert len(body.splitlines()) <= limit
    assert len(head["description"].split()) <= 100


@pytest.mark.parametrize("path", SKILLS, ids=name_of)
def test_a_skill_links_every_one_of_its_references(path: Path) -> None:
    linked = set(re.findall(r"\]\((references/[\w-]+\.md)\)", path.read_text(encoding="utf-8")))
    there = {p.relative_to(path.parent).as_posix() for p in path.parent.rglob("*.md")} - {"SKILL.md"}
    assert linked == there


def test_a_reference_that_has_drifted_is_named(tmp_path: Path) -> None:
    # The real tree is compared in tests/test_repository.py; here: does the check see a change at all?
    (tmp_path / "mcp_server").symlink_to(ROOT / "mcp_server")
    for name in ("maintenance/skill_references.py", "skills/gateway-troubleshooting/references/causes.md"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text((ROOT / name).read_text(encoding="utf-8") + "\n", encoding="utf-8")
    command = [sys.executable, str(tmp_path / "maintenance" / "skill_references.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "skills/gateway-troubleshooting/references/causes.md has drifted" in done.stdout
