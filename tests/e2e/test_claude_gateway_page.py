"""The program on the page runs as it stands there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "claude-gateway.md").read_text(encoding="utf-8")


@pytest.mark.e2e
def test_the_program_of_the_page_rehearses_the_gateway(tmp_path: Path) -> None:
    (program,) = re.findall(r"^```python\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    environment = {name: os.environ[name] for name in ("PATH", "HOME", "LLM_GATEWAY_CACHE") if name in os.environ}
    done = subprocess.run(
        [sys.executable, "-I", "-c", program],
        cwd=tmp_path,
        env={**environment, "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr[-2_000:]
    assert "works for Claude Code through http://127.0.0.1:" in done.stdout
    passed, asked = re.findall(r"\((\d+), (\d+)\)$", done.stdout.strip())[0]
    assert passed == asked


def test_every_id_on_the_page_is_an_id_of_the_catalogue_in_its_layer() -> None:
    from mcp_server.catalogue.load import causes

    named = set(re.findall(r"(\w+) · `(\w+)`", PAGE))
    assert len(named) > 7
    assert {(layer, id_) for layer, id_ in named if causes()[id_].layer != layer} == set()
