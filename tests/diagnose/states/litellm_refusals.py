"""Run by LiteLLM's own Python: the real proxy application, asked in this process, refuses keys in every way it knows.

Prints one JSON object: state → {status, body}. The rows of the key table stand in the proxy's own cache, where it
looks first; behind it a stand-in for the database client answers "no such row" or fails like one that lost its server
(LiteLLM's database layer needs a query engine that is no package). Everything that decides and words is LiteLLM's.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import types
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

MASTER = "sk-" + "master-of-the-laboratory"
KEY = "sk-" + "virtual-key-of-the-laboratory"
MODEL = "claude-sonnet-4-5"
BODY = {"model": MODEL, "max_tokens": 5, "messages": [{"role": "user", "content": "hi"}]}
OVER = {"spend": 12.0, "max_budget": 10.0}


def stand_in_for_prisma() -> None:
    """The names of errors that LiteLLM compares with; the package itself is of no use without its query engine."""

    class Errors(types.ModuleType):
        def __getattr__(self, name: str) -> type[Exception]:
            if name.startswith("__"):
                raise AttributeError(name)
            base = Exception if name == "PrismaError" else self.PrismaError
            found = type(name, (base,), {})
            setattr(self, name, found)
            return found

    package, engine = types.ModuleType("prisma"), types.ModuleType("prisma.engine")
    package.errors = sys.modules["prisma.errors"] = Errors("prisma.errors")  # type: ignore[attr-defined]
    engine.errors = sys.modules["prisma.engine.errors"] = Errors("prisma.engine.errors")  # type: ignore[attr-defined]
    package.engine = sys.modules["prisma.engine"] = engine  # type: ignore[attr-defined]
    package.Prisma = package.Json = object  # type: ignore[attr-defined]
    sys.modules["prisma"] = package


class NoRows:
    """A database without rows. ``failure`` is raised instead when the server is gone."""

    def __init__(self, failure: Exception | None = None) -> None:
        self.failure = failure
        self.db = self

    async def get_data(self, *_: Any, **__: Any) -> None:
        if self.failure is not None:
            raise self.failure

    async def attempt_db_reconnect(self, *_: Any, **__: Any) -> bool:
        return self.failure is None

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return NoTable(self.failure)


class NoTable:
    """Any table or method of the stand-in."""

    def __init__(self, failure: Exception | None) -> None:
        self.failure = failure

    async def __call__(self, *_: Any, **__: Any) -> None:
        if self.failure is not None:
            raise self.failure

    def __getattr__(self, name: str) -> Any:
        return NoTable(self.failure)


async def main(config: str) -> dict[str, Any]:
    import httpx
    from litellm.proxy import proxy_server
    from litellm.proxy._types import LiteLLM_TeamTableCachedObj, LiteLLM_UserTable, UserAPIKeyAuth, hash_token

    loaded = await proxy_server.ProxyConfig().load_config(router=None, config_file_path=config)
    proxy_server.llm_router, proxy_server.llm_model_list, proxy_server.general_settings = loaded
    proxy_server.master_key = MASTER
    proxy_server.proxy_logging_obj.startup_event(llm_router=proxy_server.llm_router, redis_usage_cache=None)
    cache = proxy_server.user_api_key_cache
    found: dict[str, Any] = {}
    transport = httpx.ASGITransport(app=proxy_server.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway.test") as client:

        async def ask(state: str, key: str | None, *, times: int = 1, path: str = "/v1/messages", **body: Any) -> None:
            headers = {"authorization": f"Bearer {key}"} if key else {}
            for _ in range(times):
                reply = await client.post(path, json={**BODY, **body}, headers=headers)
            found[state] = {"status": reply.status_code, "body": reply.text[:4_000]}

        async def row(state: str, times: int = 1, path: str = "/v1/messages", **fields: Any) -> None:
            """Asks with a key of which the table says ``fields``."""
            token = hash_token(f"{KEY}-{state}")
            known = UserAPIKeyAuth(token=token, api_key=token, **{"models": [], **fields})
            await cache.async_set_cache(key=token, value=known)
            await ask(state, f"{KEY}-{state}", times=times, path=path)

        async def team(name: str, **fields: Any) -> None:
            known = LiteLLM_TeamTableCachedObj(team_id=name, **fields)
            await cache.async_set_cache(key=f"team_id:{name}", value=known)

        proxy_server.prisma_client = None
        await ask("works-with-master-key", MASTER)
        await ask("virtual-key-without-database", KEY)
        proxy_server.prisma_client = NoRows()
        await ask("missing", None)
        await ask("unknown", KEY)
        await ask("malformed", "my-gateway-password")
        await ask("anthropic-key", "sk-" + "ant-api03-" + "Ab1" * 20)
        await row("works")
        await row("expired", expires=datetime.now(timezone.utc) - timedelta(days=1))
        await row("blocked", blocked=True)
        await row("key-budget", **OVER)
        await cache.async_set_cache(key="u1", value=LiteLLM_UserTable(user_id="u1", user_email=None, models=[], **OVER))
        await row("user-budget", user_id="u1")
        await team("t1", **OVER)
        await row("team-budget", team_id="t1", team_spend=12.0, team_max_budget=10.0)
        await row("model-not-of-key", models=["gemini-2.5-pro"])
        await team("t2", models=["gemini-2.5-pro"])
        await row("model-not-of-team", team_id="t2", team_models=["gemini-2.5-pro"], models=[])
        await team("t3", blocked=True)
        await row("team-blocked", team_id="t3", team_blocked=True)
        await row("rpm", times=3, rpm_limit=1)
        await row("tpm", times=4, tpm_limit=1)
        await row("route", allowed_routes=["/v1/embeddings"])
        await row("admin-route", path="/key/generate")
        await ask("model-unknown", MASTER, model="claude-unknown")
        proxy_server.prisma_client = NoRows(httpx.ConnectError("All connection attempts failed"))
        await ask("database-lost", f"{KEY}-lost")
    return found


if __name__ == "__main__":
    os.environ["LITELLM_MASTER_KEY"] = MASTER
    stand_in_for_prisma()
    place = Path(sys.argv[1]) / "config.yaml"
    mock = {"model": "anthropic/claude-sonnet-4-5", "api_key": "none", "mock_response": "hello"}
    place.write_text(
        json.dumps(
            {
                "model_list": [
                    {"model_name": MODEL, "litellm_params": mock},
                    {"model_name": "gemini-2.5-pro", "litellm_params": mock},
                ]
            }
        )
    )
    sys.stdout.write(f"STATES {json.dumps(asyncio.run(main(str(place))))}\n")
