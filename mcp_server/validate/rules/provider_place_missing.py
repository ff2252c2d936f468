"""A cloud provider is switched on without the project or region that it needs.

What: CLAUDE_CODE_USE_VERTEX without a project; Vertex or Bedrock without a region.
Why: without a project Claude Code ends every prompt with "No projectId was given". Without a region it takes
    us-east5 (Vertex) or us-east-1 (Bedrock), where your quota and models may not be.
Fix: set ANTHROPIC_VERTEX_PROJECT_ID and CLOUD_ML_REGION, or AWS_REGION, beside the switch.

Bad:
    {
      "env": {"CLAUDE_CODE_USE_VERTEX": "1", "CLOUD_ML_REGION": "us-east5"}
    }

Good:
    {
      "env": {
        "CLAUDE_CODE_USE_VERTEX": "1",
        "CLOUD_ML_REGION": "us-east5",
        "ANTHROPIC_VERTEX_PROJECT_ID": "my-project"
      }
    }
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.catalogue.load import read_yaml
from mcp_server.document.document import Document
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.claude_settings import claude
from mcp_server.validate.problem import Problem

ID = "provider-place-missing"
KINDS: tuple[Kind, ...] = ("claude-settings", "env")
SEVERITY: Severity = "warning"

_PROJECT = ("ANTHROPIC_VERTEX_PROJECT_ID", "GCLOUD_PROJECT", "GOOGLE_CLOUD_PROJECT", "GOOGLE_APPLICATION_CREDENTIALS")
#: These name a region too (its profile, for one).
_REGION_TOO = ("AWS_PROFILE", "AWS_CONFIG_FILE")


def check(document: Document, context: Context) -> Iterator[Problem]:
    settings = claude(document)
    if not settings.switches:
        return
    switch = settings.switches[0]
    mode = next(p for p in read_yaml("claude_code.yaml")["providers"] if p.get("switch") == switch.name)

    def named(*names: str) -> bool:
        return any(n in settings.env or context.is_set(n) for n in names)

    if mode["id"] == "vertex" and not named(*_PROJECT):
        yield Problem(
            "CLAUDE_CODE_USE_VERTEX is on and no project is named",
            "unless the shell or the credentials name one, every prompt ends with 'No projectId was given'",
            "set ANTHROPIC_VERTEX_PROJECT_ID beside the switch",
            switch.entry.key.mark,
            "env.ANTHROPIC_VERTEX_PROJECT_ID",
            confidence="medium",
        )
    regions = mode.get("region_variables", ())
    if regions and not named(*regions, *_REGION_TOO) and settings.variable(mode["base_url"]) is None:
        yield Problem(
            f"{switch.name} is on and {' or '.join(regions)} is not set",
            f"Claude Code then uses {mode['default_region']}, unless the shell or a profile names a region",
            f"set {regions[0]} to the region in which your models are enabled",
            switch.entry.key.mark,
            f"env.{regions[0]}",
            severity="info",
            confidence="medium",
        )
