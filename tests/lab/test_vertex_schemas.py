from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[2] / "maintenance" / "vertex_schemas.py"


def test_without_the_sdks_the_check_says_what_is_missing_and_exits_with_3() -> None:
    done = subprocess.run([sys.executable, "-S", "-I", SCRIPT, "--check"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 3
    assert "is not installed; run: uv run maintenance/vertex_schemas.py" in done.stderr
    assert "Traceback" not in done.stderr
