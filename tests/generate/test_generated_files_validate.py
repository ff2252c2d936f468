"""What we write passes our own checks: the only findings are those the answer tells by itself."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from mcp_server.catalogue.models import EIGHT
from mcp_server.generate.build import generate
from mcp_server.generate.spec import parse_request
from mcp_server.operations.validate_config import run


@pytest.mark.parametrize(
    "arguments",
    [
        {"models": list(EIGHT)},
        {},
        {"models": ["claude-opus-5-5", "gemini-3.8-flash"], "fallbacks": ["glm-5.2"], "routing": "least-busy"},
        {"scope": "project", "proxy_url": "http://proxy.example.com:3128", "no_proxy": ".corp", "auth": "token"},
    ],
)
def test_generated_files_have_no_finding_but_retired_models(arguments: dict[str, Any]) -> None:
    made = generate(parse_request({"vertex_project": "my-project", **arguments}), date(2026, 11, 25))
    for file in made.config:
        if file.language in ("yaml", "json"):
            kind = "litellm" if file.language == "yaml" else "claude-settings"
            answer = run(content=file.content, kind=kind, environment="ignore")
            unexpected = [
                (f.id, f.problem) for f in answer.findings if f.id != "model-retired" and f.severity != "info"
            ]
            assert unexpected == [], file.path
