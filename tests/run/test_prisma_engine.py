"""Prisma's engine as LiteLLM's own database client drives it, on a real PostgreSQL with LiteLLM's tables."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from mcp_server.run.litellm_database import litellm_database
from mcp_server.run.postgres import postgres
from mcp_server.run.programs import litellm_python

pytestmark = [pytest.mark.e2e, pytest.mark.anyio]
# Runs in LiteLLM's environment: prints what the client makes of the answers.
CLIENT = """
import asyncio, datetime, json, sys
sys.path.append(sys.argv[1])
from prisma import Json, Prisma, errors

TEXT = 'x"\\\\ü\\n{}[]:,'
BIG = 9007199254740993

async def refused(call):
    try:
        await call
    except errors.PrismaError as error:
        return type(error).__name__

async def main():
    found = {}
    db = Prisma()
    await db.connect()
    budgets, users = db.litellm_budgettable, db.litellm_usertable
    made = await budgets.create(data={
        "max_budget": 1.5, "tpm_limit": BIG, "created_by": TEXT, "updated_by": "b",
        "model_max_budget": Json({"a": [1, {"$type": "x"}], "b": TEXT}),
    })
    at = {"budget_id": made.budget_id}
    found["text"] = made.created_by == TEXT
    found["big"] = made.tpm_limit == BIG
    found["json"] = made.model_max_budget == {"a": [1, {"$type": "x"}], "b": TEXT}
    raw = await db.query_raw(
        "SELECT tpm_limit, model_max_budget, max_budget, created_at, jsonb_typeof(model_max_budget) AS kind, "
        "NULL::int AS nothing, ARRAY[1, 2] AS numbers, ARRAY_AGG('v'::name) AS names, to_regclass($1) IS NULL AS none, "
        "pg_advisory_xact_lock(1) AS locked FROM \\"LiteLLM_BudgetTable\\" GROUP BY budget_id", "no_table")
    found["raw"] = {k: v for k, v in raw[0].items() if k != "created_at"}
    found["raw_time"] = raw[0]["created_at"][:10] == made.created_at.isoformat()[:10]
    found["changed"] = await db.execute_raw("UPDATE \\"LiteLLM_BudgetTable\\" SET soft_budget = $1", 2.5)
    later = datetime.datetime(2030, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)
    async with db.batch_() as batch:
        batch.litellm_budgettable.update(where=at, data={"max_budget": {"increment": 1}})
        batch.litellm_budgettable.update_many(where={"budget_id": {"in": ["none", made.budget_id]}},
                                              data={"rpm_limit": 5, "budget_reset_at": later})
    row = await budgets.find_unique(where=at, include={"keys": True})
    found["batch"] = [row.max_budget, row.soft_budget, row.rpm_limit, row.budget_reset_at == later, row.keys]
    found["failed_batch"] = await refused(failing(db, at))
    found["after_failed_batch"] = (await budgets.find_unique(where=at)).max_budget
    try:
        async with db.tx() as tx:
            await tx.litellm_usertable.create(data={"user_id": "taken back"})
            found["in_tx"] = await tx.litellm_usertable.count()
            raise ValueError
    except ValueError:
        found["after_tx"] = await users.count()
    await users.upsert(where={"user_id": "u"}, data={"create": {"user_id": "u"}, "update": {}})
    await users.upsert(where={"user_id": "u"}, data={"create": {"user_id": "u"}, "update": {"spend": {"increment": 2}}})
    found["unique"] = await refused(users.create(data={"user_id": "u"}))
    found["missing"] = await refused(users.find_unique_or_raise(where={"user_id": "none"}))
    found["nonsense"] = await refused(db.query_raw("SELECT nonsense"))
    found["groups"] = await users.group_by(["user_id"], sum={"spend": True}, count=True)
    await users.update(where={"user_id": "u"}, data={"metadata": Json({"scim": {"active": False}})})
    by_path = {"metadata": {"path": ["scim", "active"], "equals": Json(False)}}
    found["json_path"] = await users.count(where=by_path)
    await db.litellm_teamtable.create(data={
        "team_id": "t", "litellm_model_table": {"create": {"model_aliases": Json({"a": "b"}), "created_by": "x",
                                                            "updated_by": "x"}}})
    team = await db.litellm_teamtable.find_first(where={"NOT": [{"team_id": "none"}]},
                                                 include={"litellm_model_table": True})
    found["nested"] = team.litellm_model_table.model_aliases
    await db.disconnect()
    print("FOUND", json.dumps(found))

async def failing(db, at):
    async with db.batch_() as batch:
        batch.litellm_budgettable.update(where=at, data={"max_budget": {"increment": 100}})
        batch.litellm_usertable.create(data={"user_id": "twice"})
        batch.litellm_usertable.create(data={"user_id": "twice"})

asyncio.run(main())
"""


async def test_values_transactions_and_errors_are_those_of_the_native_engine(tmp_path: Path) -> None:
    folder = tmp_path / "engine of é"
    folder.mkdir()
    async with postgres(folder) as database:
        prepared = await litellm_database(database, folder)
        environment = {"PATH": os.environ["PATH"], **prepared.environment}
        command = [str(litellm_python()), "-I", "-c", CLIENT, str(prepared.packages)]
        done = await asyncio.to_thread(
            subprocess.run, command, env=environment, capture_output=True, text=True, timeout=120, check=False
        )
    assert done.returncode == 0, done.stderr[-3_000:]
    found: dict[str, Any] = json.loads(done.stdout.partition("FOUND ")[2])
    assert found.pop("raw") == {
        "tpm_limit": 9_007_199_254_740_993,
        "model_max_budget": {"a": [1, {"$type": "x"}], "b": 'x"\\ü\n{}[]:,'},
        "max_budget": 1.5,
        "kind": "object",
        "nothing": None,
        "numbers": [1, 2],
        "names": ["v"],
        "none": True,
        "locked": "",
    }
    assert found == {
        "text": True,
        "big": True,
        "json": True,
        "raw_time": True,
        "changed": 1,
        "batch": [2.5, 2.5, 5, True, []],
        "failed_batch": "UniqueViolationError",
        "after_failed_batch": 2.5,
        "in_tx": 1,
        "after_tx": 0,
        "unique": "UniqueViolationError",
        "missing": "RecordNotFoundError",
        "nonsense": "RawQueryError",
        "groups": [{"user_id": "u", "_sum": {"spend": 2}, "_count": {"_all": 1}}],
        "json_path": 1,
        "nested": {"a": "b"},
    }
