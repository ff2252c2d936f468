"""The combinations of ``cases/programs.yaml`` and ``cases/trust.yaml``, and what the rules say about each."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml
from loopback_network import Authority
from real_programs import CLAUDE, NATIVE, PYTHON, Place

from mcp_server.effective.programs.base import ProxyUse
from mcp_server.effective.programs.registry import BY_ID
from mcp_server.environment import snapshot
from mcp_server.snapshot import Snapshot

CASES = Path(__file__).parent / "cases"
#: Releases the recorded ways were measured on; the rules that depend on one are asked about it.
MEASURED = {"curl": "7.88.1", "git": "2.39.5", "node": "20.20.2", "npm": "11.19.1", "pip": "23.2.1"}
EVERY = (*CLAUDE, *PYTHON, *NATIVE)
#: The tests' ``httpx`` is the library alone; LiteLLM's path through it has the same proxy rules.
_SAME_RULES = {"httpx": "litellm-httpx"}


def load(name: str) -> list[dict[str, Any]]:
    """The combinations of one file."""
    cases: list[dict[str, Any]] = yaml.safe_load((CASES / name).read_text(encoding="utf-8"))
    return cases


def concerns(case: Mapping[str, Any], program: str) -> bool:
    """Is ``case`` meant for ``program``? ``claude`` stands for both releases."""
    only = case.get("only")
    if only is None:
        return program != "gcloud"  # its tokens come from the target, whose name it must resolve
    return program in only or (program in CLAUDE and "claude" in only)


def machine(program: str, where: Place) -> Snapshot:
    """The machine as a program in ``where`` finds it."""
    folder = where.home / ".claude"
    folder.mkdir(exist_ok=True)
    (folder / "settings.json").write_text(json.dumps({"env": where.settings}), encoding="utf-8")
    alone = {"PATH": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1", "npm_config_globalconfig": "/nonexistent"}
    found = snapshot(shell={**alone, **where.env}, home=where.home, project=where.project, run_claude=False)
    version = program.removeprefix("claude-") if program in CLAUDE else None
    # What this machine keeps outside the home is not part of a combination.
    files = tuple(f for f in found.program_files if f.path.startswith((str(where.home), "GIT_CONFIG")))
    return replace(found, client_version=version, versions=MEASURED, program_files=files)


def rules_of(program: str) -> Any:
    """The registry entry whose rules speak about ``program``."""
    return BY_ID["claude-code" if program in CLAUDE else _SAME_RULES.get(program, program)]


def way_of(use: ProxyUse, ports: Mapping[str, int]) -> str:
    """A prediction in the words of the recorded ways."""
    if use.kind != "proxy":
        return {"direct": "target", "fails": "nothing"}[use.kind]
    port = use.authority.rpartition(":")[2]
    label = next((name for name, number in ports.items() if str(number) == port), "elsewhere")
    wire = {"http": "", "https": "-tls"}.get(use.scheme, "-socks")
    return f"{label}{wire}"


def recorded_way(seen: list[tuple[str, str]]) -> str:
    """What a recorder noted, in the same words."""
    if not seen:
        return "nothing"
    label, first = seen[0]
    wire = {"TLS": "-tls", "SOCKS": "-socks"}.get(first, "") if label != "target" else ""
    return f"{label}{wire}"


def agrees(case: Mapping[str, Any], program: str, predicted: str, seen: str) -> bool:
    """A direct way is silence where Claude Code cannot resolve the name, or where nothing listens on the port."""
    host = case["url"].partition("://")[2]
    unresolved = program in CLAUDE and not host.startswith(("127.", "localhost", "["))
    silent = predicted == "target" and (unresolved or bool(case.get("default_port")))
    return predicted == seen or (silent and seen == "nothing")


def seen_ways(case: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Program and recorded way."""
    for way, programs in case["seen"].items():
        for program in programs.split():
            yield program, way


def certificates(folder: Path) -> tuple[Authority, dict[str, str]]:
    """A private CA and what the trust cases name: its file, another CA, a hashed folder, a client certificate."""
    authority, other = Authority(folder / "ca"), Authority(folder / "other", "Another CA")
    client = authority.issue("client.test", label="client")
    both = folder / "both.pem"
    both.write_bytes(client.certificate.read_bytes() + client.key.read_bytes())
    hashed = folder / "hashed"
    hashed.mkdir()
    (hashed / "ca.pem").write_bytes(authority.pem.read_bytes())
    subprocess.run(["openssl", "rehash", str(hashed)], check=True, capture_output=True)
    return authority, {
        "ca": str(authority.pem),
        "wrong": str(other.pem),
        "missing": str(folder / "missing.pem"),
        "folder": str(hashed),
        "client": str(client.certificate),
        "key": str(client.key),
        "both": str(both),
    }
