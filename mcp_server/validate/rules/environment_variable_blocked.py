"""A variable under environment_variables is not applied.

What: PATH, HOME, NO_PROXY, LD_PRELOAD, PYTHONPATH and others in the section environment_variables.
Why: LiteLLM skips these names with a log warning, because they change how programs run or where traffic goes.
Fix: set the variable in the environment that starts LiteLLM.

Bad:
    environment_variables:
      NO_PROXY: localhost

Good:
    environment_variables:
      HTTPS_PROXY: http://proxy.corp.example:3128
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.litellm import litellm, schema
from mcp_server.validate.problem import Problem

ID = "environment-variable-blocked"
KINDS: tuple[Kind, ...] = ("litellm",)
SEVERITY: Severity = "warning"


def check(document: Document, context: Context) -> Iterator[Problem]:
    for entry in litellm(document).section("environment_variables"):
        if entry.name in schema().names("blocked_environment_variables"):
            yield Problem(
                f"{entry.name} is not applied from this section",
                "LiteLLM skips it with a log warning: it could change how programs run or where traffic goes",
                f"set {entry.name} in the environment that starts LiteLLM",
                entry.key.mark,
                f"environment_variables.{entry.name}",
            )
