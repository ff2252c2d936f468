"""What generate_config writes passes validate_config: the only findings allowed are about the models themselves."""

from __future__ import annotations

import pytest

from mcp_server.answer import ConfigFile
from mcp_server.catalogue.models import EIGHT, models
from mcp_server.operations import generate_config, validate_config

#: True of the models that were asked for, whatever the file says: their life cycle, and what is reported of Mistral's.
#: The last one is a note: settings for the newest client hold a variable that an older one passes over.
OF_THE_MODELS = {"model-retired", "mistral-user-after-tool", "client-version-needed"}


@pytest.mark.parametrize("names", [list(EIGHT), [m for m in models() if m not in EIGHT]], ids=["eight", "others"])
def test_generated_files_have_no_finding_but_those_about_the_models(names: list[str]) -> None:
    answer = generate_config.run(vertex_project="my-project", models=names)
    checked: list[ConfigFile] = [f for f in answer.config if f.language in ("yaml", "json")]
    assert {f.language for f in checked} == {"yaml", "json"}
    for file in checked:
        kind = "litellm" if file.language == "yaml" else "claude-settings"
        result = validate_config.run(content=file.content, kind=kind, environment="ignore")
        assert [f for f in result.findings if f.id not in OF_THE_MODELS] == []
