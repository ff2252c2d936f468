"""The commands that prove or refute the generated files, in the order in which things break."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from mcp_server.answer import Check
from mcp_server.generate.gateways.litellm.service import placed, service
from mcp_server.generate.gateways.litellm.version import CONFIG_FILE
from mcp_server.generate.shell import double_quoted
from mcp_server.generate.spec import KEY_FILE, MASTER_KEY_VARIABLE

if TYPE_CHECKING:
    from mcp_server.generate.gateways.litellm.plan import Plan


def checks(plan: Plan) -> list[Check]:
    """Steps for the user; nothing here has been run."""
    url = shlex.quote(plan.base_url)
    there = [] if plan.deployment == "local" else placed(plan).checks(service(plan, ""))
    sound, *others = _steps(plan, url)
    return [sound, *there, *others]


def _steps(plan: Plan, url: str) -> list[Check]:
    database = "" if plan.extras.keys else ' (db "Not connected" is right without a database)'
    return [
        Check(
            title="the file is sound",
            status="todo",
            detail="Finds what LiteLLM would start with in silence: misspelt keys, wrong types, dead references.",
            command=f"llm-gateway validate --environment ignore {CONFIG_FILE}",
            expect="no error (retired models may be told as warnings)",
            if_not="change the line it names",
        ),
        Check(
            title="the gateway is up",
            status="todo",
            detail="LiteLLM needs 5 to 15 seconds to start.",
            command=f"curl -fsS {url}/health/readiness",
            expect=f'"status":"healthy"{database}',
            if_not="read the last lines of the gateway's terminal; a busy port 4000 makes LiteLLM take a random one",
        ),
        Check(
            title="key and models are accepted",
            status="todo",
            detail="Costs nothing.",
            command=_test_model(plan, "health"),
            expect=f"{len(plan.models)} listed",
            if_not="llm-gateway diagnose names the layer at fault",
        ),
        Check(
            title="the main model works for Claude Code",
            status="todo",
            detail="A streamed tool round trip in Claude Code's own request shape; a few thousand billed tokens.",
            command=_test_model(plan, "claude-code", plan.main.id),
            expect="pass for text, stream and tool round trip",
            if_not="the finding names the layer; 404 means that project or location does not have the model",
        ),
        Check(
            title="the real client answers",
            status="todo",
            detail="In the shell with the client settings.",
            command="claude -p 'Read README.md and quote its first line.'",
            expect="the line itself, which only a tool call can know",
            if_not="llm-gateway diagnose '<the message>'",
        ),
    ]


def _test_model(plan: Plan, level: str, *model: str) -> str:
    """A ``test-model`` command that works in any terminal: a key that lies in our file is read for this command."""
    variable = plan.key_variable or MASTER_KEY_VARIABLE
    given = "" if plan.key_variable else f'{variable}="$(cat {double_quoted(KEY_FILE)})" '
    options = ["--base-url", shlex.quote(plan.base_url), "--token-env", variable, "--level", level, *model]
    return f"{given}llm-gateway test-model {' '.join(options)}"
