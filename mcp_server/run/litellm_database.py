"""A PostgreSQL database with LiteLLM's tables, and what a LiteLLM process needs to use it.

LiteLLM reaches PostgreSQL through Prisma. Its tables are made by the SQL that LiteLLM ships, in order; its queries are
planned by Prisma's own engine (see ``prisma_engine.mjs``).
"""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path

from mcp_server.errors import GatewayError
from mcp_server.run import programs
from mcp_server.run.postgres import Database


@dataclass(frozen=True)
class LiteLLMDatabase:
    """For ``litellm_gateway``: ``packages``, and ``environment``, which holds the database's password."""

    packages: Path
    environment: dict[str, str] = field(repr=False)


async def litellm_database(
    database: Database, folder: Path, report: Callable[[str], None] | None = None
) -> LiteLLMDatabase:
    """Makes LiteLLM's tables in the empty ``database``; ``folder`` takes the script that starts the engine.

    Raises:
        GatewayError: Node.js or a package is missing, or PostgreSQL refuses a statement.
    """
    home = programs.litellm_database(report)
    python = programs.litellm_python(report)
    migrations = next(python.parents[1].glob("lib/python*/site-packages/litellm_proxy_extras/migrations"))
    await database.run_files(sorted(migrations.glob("*/migration.sql")))
    return LiteLLMDatabase(
        packages=home / "python",
        environment={
            "DATABASE_URL": database.url,
            "DISABLE_SCHEMA_UPDATE": "True",  # the tables are there; Prisma's tool for them would be downloaded
            "PRISMA_QUERY_ENGINE_BINARY": str(_engine(home / "node_modules", folder)),
        },
    )


def _engine(modules: Path, folder: Path) -> Path:
    """A program that takes what Prisma's query engine takes."""
    node = shutil.which("node")
    if node is None:
        raise GatewayError(
            "node is not on PATH, so Prisma's query engine cannot run.", "Install Node.js 20 or newer and try again."
        )
    script = files(__package__).joinpath("prisma_engine.mjs")
    command = " ".join(map(shlex.quote, (node, str(script), str(modules))))
    program = folder / "prisma-query-engine"
    program.write_text(f'#!/bin/sh\nexec {command} "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    return program
