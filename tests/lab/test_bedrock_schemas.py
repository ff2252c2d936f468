from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "maintenance" / "bedrock_schemas.py"


def test_without_botocore_the_check_says_what_is_missing_and_exits_with_3() -> None:
    done = subprocess.run([sys.executable, "-S", "-I", SCRIPT, "--check"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 3
    assert "is not installed; run: uv run maintenance/bedrock_schemas.py" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_data_come_from_the_version_that_the_script_pins() -> None:
    pinned = re.search(r'"botocore==([\d.]+)"', SCRIPT.read_text(encoding="utf-8"))
    data = json.loads((ROOT / "mcp_server" / "lab" / "data" / "bedrock_runtime.json").read_text(encoding="utf-8"))
    assert pinned
    assert data["source"] == f"botocore {pinned.group(1)}, bedrock-runtime"
