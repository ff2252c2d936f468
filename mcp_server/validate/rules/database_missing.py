"""The file needs a database that is not configured, or one LiteLLM cannot use.

What: store_model_in_db or max_budget without a database; a database_url that is not PostgreSQL.
Why: virtual keys, spend tracking and budgets live in the database: without it every key but the master key answers
    400, and budgets are not enforced. LiteLLM exits on an unsupported scheme such as sqlite.
Fix: set general_settings.database_url: os.environ/DATABASE_URL (postgresql://...).

Bad:
    general_settings:
      database_url: sqlite:///litellm.db

Good:
    general_settings:
      database_url: os.environ/DATABASE_URL
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_server.answer import Severity
from mcp_server.document.document import Document
from mcp_server.document.nodes import Scalar, is_empty, is_nothing, text
from mcp_server.validate.context import Context, Kind
from mcp_server.validate.kinds.litellm import litellm
from mcp_server.validate.problem import Problem

ID = "database-missing"
KINDS: tuple[Kind, ...] = ("litellm",)
SEVERITY: Severity = "error"

_OF_KEYS = "it is about virtual keys and users, which exist only in a database"
#: Settings of litellm_settings that do nothing without a database.
NEEDS: dict[str, tuple[str, Severity]] = {
    "max_budget": ("LiteLLM logs a warning and does NOT enforce the budget without a database", "warning"),
    "max_internal_user_budget": (_OF_KEYS, "warning"),
    "default_max_internal_user_budget": (_OF_KEYS, "warning"),
    "max_end_user_budget": (_OF_KEYS, "warning"),
    "default_internal_user_params": (_OF_KEYS, "info"),
    "upperbound_key_generate_params": (_OF_KEYS, "info"),
    "default_key_generate_params": (_OF_KEYS, "info"),
}


def check(document: Document, context: Context) -> Iterator[Problem]:
    config = litellm(document)
    url = config.setting("general_settings", "database_url")
    value = text(url) or ""
    if url is not None and text(url) is None and not is_nothing(url):
        yield Problem(
            f"database_url is {url.kind}, and must be text",
            "LiteLLM fails while it loads the file ('has no attribute startswith')",
            "write database_url: os.environ/DATABASE_URL",
            url.mark,
            "general_settings.database_url",
        )
    if url is not None and "://" in value and not value.startswith(("postgresql", "postgres", "os.environ/")):
        yield Problem(
            f"the database scheme {value.partition('://')[0]} is not supported",
            "LiteLLM exits at start ('uses unsupported scheme'); it works with PostgreSQL only",
            "use postgresql://USER:PASSWORD@HOST/NAME, kept in the variable DATABASE_URL",
            url.mark,
            "general_settings.database_url",
        )
    known = config.effective("general_settings").get("database_url")
    if url is not None or known is not None or context.is_set("DATABASE_URL") or config.unread:
        return
    stored = config.section("general_settings").entry("store_model_in_db")
    if stored is not None and isinstance(stored.value, Scalar) and stored.value.value is True:
        yield Problem(
            "store_model_in_db is on and no database is configured in this file",
            "without a database nothing is stored and no virtual key works; only the master key does",
            "set general_settings.database_url: os.environ/DATABASE_URL, or delete store_model_in_db",
            stored.key.mark,
            "general_settings.store_model_in_db",
            severity="warning",
        )
    for entry in config.section("litellm_settings"):
        if entry.name in NEEDS and not is_empty(entry.value):
            why, severity = NEEDS[entry.name]
            yield Problem(
                f"{entry.name} is set and no database is configured in this file",
                why,
                "set general_settings.database_url: os.environ/DATABASE_URL",
                entry.key.mark,
                f"litellm_settings.{entry.name}",
                severity=severity,
            )
