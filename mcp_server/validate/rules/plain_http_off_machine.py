"""The gateway is reached over plain http across the network.

What: a base URL with http:// to a host other than this machine.
Why: prompts, code and the credential travel readable for everybody on the way.
Fix: use https://, or reach the gateway through a tunnel on this machine.

Bad:
    {
      "env": {"ANTHROPIC_BASE_URL": "http://gateway.example.com:4000"}
    }

Good:
    {
      "env": {"ANTHROPIC_BASE_URL": "http://127.0.0.1:4000"}
    }
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.claude_settings import claude, host, is_local
from mcp_server.validate.problem import Problem

ID = "plain-http-off-machine"
KINDS: tuple[Kind, ...] = ("claude-settings", "env")
SEVERITY: Severity = "warning"
#: Hosts that exist only inside a container network.
INSIDE = re.compile(r"^[^.:]+$|\.svc(\.cluster\.local)?$|^[^.]+\.docker\.internal$")


def check(document: Document, context: Context) -> Iterator[Problem]:
    for variable in claude(document).base_urls:
        name = host(variable.value)
        if context.kind == "env" and name and INSIDE.search(name):
            continue  # a name of a Compose or cluster network, or the machine of the container
        if variable.value.strip().startswith("http://") and name and not is_local(name):
            yield Problem(
                f"{variable.name} uses plain http to {name}",
                "prompts, code and the credential are readable on the way",
                "use https://, or a tunnel that ends on this machine",
                variable.mark,
                variable.path,
            )
