"""Files for drills, and one way to run them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mcp_server.operations import drill
from mcp_server.operations.drill import Rehearsed

#: Shaped like real ones, so that a leak would be seen; built here, never spelled.
SECRET = "sk-" + "ant-api03-" + "d" * 40
Write = Callable[..., Path]


def deployment(name: str, model: str, /, info: dict[str, Any] | None = None, **params: Any) -> dict[str, Any]:
    """One entry of ``model_list`` with a secret of the user's."""
    entry = {"model_name": name, "litellm_params": {"model": model, "api_key": SECRET, **params}}
    return {**entry, "model_info": info} if info else entry


@pytest.fixture(scope="session")
def write(tmp_path_factory: pytest.TempPathFactory) -> Write:
    """Writes a configuration (JSON is YAML too) and gives its path."""

    def write(models: list[dict[str, Any]], **sections: Any) -> Path:
        file = tmp_path_factory.mktemp("user") / "litellm-config.yaml"
        general = {"master_key": SECRET, **sections.pop("general_settings", {})}
        content = {"model_list": models, "general_settings": general, **sections}
        file.write_text(json.dumps(content, indent=2), encoding="utf-8")
        return file

    return write


def rehearse(name: str, file: Path, *models: str) -> Rehearsed:
    """The drill's result, which must hold no secret of the file."""
    result = asyncio.run(drill.run(name, str(file), models))
    assert SECRET not in json.dumps(result.document())
    return result


def rows(result: Rehearsed, **wanted: Any) -> list[dict[str, Any]]:
    """The measured rows with these values."""
    return [row for row in result.measured if all(row.get(key) == value for key, value in wanted.items())]


def problems(result: Rehearsed, cause: str) -> list[str]:
    """What the findings of one cause say."""
    return [finding.problem for finding in result.answer.findings if finding.id == cause]
