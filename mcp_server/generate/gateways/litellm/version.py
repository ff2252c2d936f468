"""The LiteLLM that the files are written for, and their name."""

from __future__ import annotations

from functools import cache
from importlib.resources import files as resource_files

CONFIG_FILE = "litellm-config.yaml"


@cache
def pinned_version() -> str:
    """The LiteLLM version that this product is tested with."""
    import json

    text = resource_files("mcp_server.run").joinpath("versions.json").read_text(encoding="utf-8")
    return str(json.loads(text)["litellm"])
