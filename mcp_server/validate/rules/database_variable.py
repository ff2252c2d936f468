"""DATABASE_URL names a database that LiteLLM cannot use.

What: a scheme other than postgresql:// or postgres://, or none, in DATABASE_URL or DIRECT_URL of a LiteLLM server;
    STORE_MODEL_IN_DB without a database.
Why: LiteLLM exits at start ("uses unsupported scheme"): virtual keys, budgets and spend tracking need PostgreSQL.
    Without a database STORE_MODEL_IN_DB does nothing.
Fix: DATABASE_URL=postgresql://USER:PASSWORD@HOST:5432/NAME

Bad:
    LITELLM_MASTER_KEY=sk-5f1d0c7e9b3a4d2f8e6c1b0a9d8e7f60
    DATABASE_URL=sqlite:///litellm.db

Good:
    LITELLM_MASTER_KEY=sk-5f1d0c7e9b3a4d2f8e6c1b0a9d8e7f60
    DATABASE_URL=postgresql://llm@db.internal:5432/litellm
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.claude_settings import claude
from mcp_server.validate.kinds.env import env
from mcp_server.validate.problem import Problem

ID = "database-variable"
KINDS: tuple[Kind, ...] = ("env",)
SEVERITY: Severity = "error"
URLS = ("DATABASE_URL", "DIRECT_URL", "DATABASE_URL_READ_REPLICA")


def check(document: Document, context: Context) -> Iterator[Problem]:
    view = env(document)
    if not view.serves:
        return
    for name in URLS:
        variable = view.variable(name)
        value = variable.value.strip() if variable else ""
        scheme = re.match(r"([A-Za-z][\w+.-]*):", value)
        if variable and value and (scheme is None or scheme[1].lower() not in ("postgresql", "postgres")):
            yield Problem(
                f"{name} has the scheme {scheme[1]}" if scheme else f"{name} has no scheme",
                "LiteLLM exits at start ('uses unsupported scheme'); it works with PostgreSQL only",
                "write postgresql://USER:PASSWORD@HOST:5432/NAME",
                variable.mark,
                variable.path,
                confidence="high" if view.gateway else "medium",
            )
    stored = view.variable("STORE_MODEL_IN_DB")
    names = claude(document).env
    if (
        view.gateway
        and view.complete
        and stored
        and stored.value.strip().lower() == "true"
        and not any(n in names for n in (*URLS, "DATABASE_HOST"))
    ):
        yield Problem(
            "STORE_MODEL_IN_DB is on and no database is configured here",
            "without a database nothing is stored and no virtual key works; only the master key does",
            "set DATABASE_URL, or delete STORE_MODEL_IN_DB",
            stored.entry.key.mark,
            stored.path,
            severity="warning",
            confidence="medium",
        )
