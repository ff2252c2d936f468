from __future__ import annotations

from pathlib import Path

import pytest
import small_plugin


@pytest.fixture
def plugin(tmp_path: Path) -> small_plugin.Plugin:
    return small_plugin.make(tmp_path)
