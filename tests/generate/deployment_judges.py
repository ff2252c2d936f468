"""Asks the programs and schemas that decide what a deployment file means: Compose, Kubernetes, systemd, Prometheus."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from mcp_server.run.programs import compose_schema, kubernetes_schemas

#: Runs under the Python of kubernetes-validate: documents on standard input, complaints on standard output.
_KUBERNETES = """
import json, sys, kubernetes_validate as k
found = []
for data in json.load(sys.stdin):
    try:
        k.validate(data, sys.argv[1], strict=True)
    except Exception as error:
        place = "/".join(str(p) for p in getattr(error, "path", []))
        found.append(data.get("kind", "?") + " " + place + ": " + getattr(error, "message", repr(error)))
print(json.dumps(found))
"""
KUBERNETES_VERSION = "1.34.0"


@cache
def _compose() -> Any:
    return jsonschema.Draft202012Validator(json.loads(compose_schema().read_text(encoding="utf-8")))


def compose_complaints(text: str) -> list[str]:
    """What the schema of the Compose Specification says against ``text``."""
    data = yaml.safe_load(text)
    found = [f"{'/'.join(map(str, e.path))}: {e.message}" for e in _compose().iter_errors(data)]
    for name, service in data["services"].items():
        for part in ("configs", "secrets", "depends_on"):
            known = data["services"] if part == "depends_on" else data.get(part, {})
            used = [r if isinstance(r, str) else r["source"] for r in service.get(part, ())]
            found += [f"{name} uses {part} {u}, which is not defined" for u in used if u not in known]
    return found


def kubernetes_complaints(texts: list[str]) -> list[str]:
    """What the schemas of Kubernetes' API say against every document of ``texts``; unknown fields count."""
    documents = [d for text in texts for d in yaml.safe_load_all(text) if d.get("kind") != "Kustomization"]
    done = subprocess.run(
        [str(kubernetes_schemas()), "-c", _KUBERNETES, KUBERNETES_VERSION],
        input=json.dumps(documents),
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    found: list[str] = json.loads(done.stdout)
    return found


def systemd_complaints(folder: Path, unit: str, name: str) -> list[str]:
    """What ``systemd-analyze verify`` says, with an executable file in place of the program that the unit starts."""
    program = folder / "program"
    program.write_text("#!/bin/sh\n", encoding="utf-8")
    program.chmod(0o755)
    text, replaced = re.subn(r"(?m)^ExecStart=\S+", f"ExecStart={program}", unit)
    assert replaced == 1
    place = folder / name
    place.write_text(text, encoding="utf-8")
    target = folder / name.replace("@.", "@4000.")
    if target != place:
        target.symlink_to(place)
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", str(target)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    # The machine of the test may run without systemd; what it says of other units is not ours.
    return [line for line in done.stderr.splitlines() if name.partition(".")[0] in line or str(folder) in line]


def prometheus_complaints(folder: Path, files: Mapping[str, str]) -> str:
    """What promtool says against a scrape configuration and its rules; empty when both are good."""
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    done = subprocess.run(
        [_program("promtool"), "check", "config", "prometheus.yml"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr


def kustomized(folder: Path, files: Mapping[str, str]) -> list[dict[str, Any]]:
    """The objects that ``kubectl kustomize`` makes of the folder. Asks no cluster."""
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    done = subprocess.run(
        [_program("kubectl"), "kustomize", str(folder)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={"PATH": os.environ["PATH"], "HOME": str(folder)},
    )
    assert done.returncode == 0, done.stderr
    return list(yaml.safe_load_all(done.stdout))


def shell_complaints(text: str) -> str:
    """What bash says about the syntax of ``text``."""
    return subprocess.run(["bash", "-n"], input=text, capture_output=True, text=True, check=False).stderr


def _program(name: str) -> str:
    found = shutil.which(name)
    assert found, f"{name} is not installed; maintenance/system_packages.sh names the packages"
    return found
