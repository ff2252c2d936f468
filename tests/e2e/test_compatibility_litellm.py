"""The compatibility report on the real LiteLLM: each score and each shortfall as the catalogue tells."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from mcp_server.catalogue.load import read_yaml
from mcp_server.catalogue.protocol import demands
from mcp_server.generate.spec import MASTER_KEY_VARIABLE
from mcp_server.lab.anthropic import AnthropicEmulator
from mcp_server.lab.serve import running
from mcp_server.lab.stack import Generated, write_configuration
from mcp_server.lab.vertex import VertexEmulator
from mcp_server.matrix import LEVELS, Matrix
from mcp_server.operations import compatibility
from mcp_server.run.litellm import litellm_gateway
from mcp_server.run.programs import litellm_python, versions
from mcp_server.snapshot import Snapshot

pytestmark = [pytest.mark.e2e, pytest.mark.anyio]
KNOWN: dict[str, Any] = read_yaml("litellm_compatibility.yaml")


def with_claude(generated: Generated, upstream: str, model: str) -> None:
    """Adds the Anthropic model to the gateway file, in place of the alias that stands for its name."""
    config = yaml.safe_load(generated.gateway_file.read_text(encoding="utf-8"))
    config["router_settings"]["model_group_alias"].pop(model, None)
    params = {"model": f"anthropic/{model}", "api_base": upstream, "api_key": "key-of-the-laboratory"}
    config["model_list"].append({"model_name": model, "litellm_params": params})
    generated.gateway_file.write_text(yaml.safe_dump(config), encoding="utf-8")


@pytest.fixture(scope="module")
async def matrix(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Matrix]:
    folder: Path = tmp_path_factory.mktemp("compatibility")
    vertex = VertexEmulator()
    claude = AnthropicEmulator(models=KNOWN["anthropic"], strict_models=True)
    with running(vertex) as vertex_url, running(claude) as claude_url:
        generated = write_configuration(KNOWN["vertex"], folder, vertex, vertex_url)
        with_claude(generated, claude_url, KNOWN["anthropic"][0])
        async with litellm_gateway(
            litellm_python(),
            generated.gateway_file,
            environment={MASTER_KEY_VARIABLE: generated.master_key},
            log=folder / "litellm.log",
        ) as gateway:
            environment = {
                **generated.settings_environment,
                "ANTHROPIC_BASE_URL": gateway.base_url,
                "ANTHROPIC_AUTH_TOKEN": generated.master_key,
            }
            snapshot = Snapshot(shell=environment, client_version=KNOWN["client"])
            models = [*KNOWN["vertex"], *KNOWN["anthropic"]]
            yield await compatibility.run(models=models, snapshot=snapshot)


async def test_every_model_has_the_score_that_the_catalogue_tells(matrix: Matrix) -> None:
    assert versions()["litellm"] == KNOWN["litellm"]
    scores = {column.model: {level: list(column.score(level)) for level in LEVELS} for column in matrix.columns}
    assert scores == KNOWN["scores"]


async def test_every_shortfall_is_explained_and_every_explanation_is_true(matrix: Matrix) -> None:
    found: dict[tuple[str, str], list[str]] = {}
    details = {}
    for column in matrix.columns:
        for cell in column.cells:
            if cell.outcome not in ("pass", "skip"):
                found.setdefault((cell.check, cell.outcome), []).append(column.model)
                details[cell.check, column.model] = cell.detail
    told = {(entry["check"], entry["outcome"]): entry["models"] for entry in KNOWN["shortfalls"]}
    assert found == told, details


async def test_the_cost_of_a_real_gateway_is_near_the_estimate(matrix: Matrix) -> None:
    spent = matrix.costs.input_tokens + matrix.costs.output_tokens
    assert 0.4 * matrix.costs.estimated_tokens < spent < 1.3 * matrix.costs.estimated_tokens


def test_the_catalogue_explains_known_checks_only() -> None:
    assert {entry["check"] for entry in KNOWN["shortfalls"]} <= set(demands())
    assert all(entry["why"] and entry["cure"] for entry in KNOWN["shortfalls"])
