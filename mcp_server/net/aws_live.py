"""The least AWS calls that decide: STS GetCallerIdentity for signing keys, one free GET for a Bedrock API key."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import sys
from dataclasses import dataclass, replace

from mcp_server.effective.aws import BEARER, aws_region
from mcp_server.effective.target import ClientTarget
from mcp_server.net.http import request
from mcp_server.net.route import NetFailure, route_of
from mcp_server.snapshot import Snapshot

LIVE_SECONDS = 10.0
_START = "from mcp_server.net.aws_caller import main; main()"
_KEPT = ("PATH", "HOME", "USERPROFILE", "SYSTEMROOT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")
_PROXIES = ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "NO_PROXY", "no_proxy")


@dataclass(frozen=True)
class LiveAnswer:
    """What a live call ended with. ``said`` are the service's or the library's words: data that may hold secrets."""

    asked: str
    """The call, for the announcement."""
    ok: bool = False
    known_as: str = ""
    said: str = ""
    unreached: str = ""
    """Why nothing decided: no answer, no library."""


async def caller_identity(machine: Snapshot, seconds: float = LIVE_SECONDS) -> LiveAnswer:
    """Ask STS who signs on ``machine``. Free, and allowed to every principal; needs botocore (extra ``aws``)."""
    region = aws_region(machine)
    asked = "AWS STS GetCallerIdentity (free)"
    if importlib.util.find_spec("botocore") is None:
        return LiveAnswer(asked, unreached="needs botocore: pip install 'llm-gateway-assistant[aws]'")
    variables = {name: machine.shell[name] for name in (*_KEPT, *_PROXIES) if name in machine.shell}
    names = {n for n in machine.shell if n.startswith("AWS_")}
    for file in machine.settings_files:
        env = file.data.get("env")
        names |= {n for n in env if n.startswith("AWS_")} if isinstance(env, dict) else set()
    variables |= {name: s.value for name in names if (s := machine.variable(name)) is not None}
    variables.pop(BEARER, None)
    variables.setdefault("HOME", machine.home)
    variables.setdefault("PATH", os.defpath)
    if region is not None:
        variables["AWS_REGION"] = region.value.strip()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-I", "-c", _START),
        env=variables,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        out, _ = await asyncio.wait_for(process.communicate(), seconds)
        found = json.loads(out)
    except asyncio.TimeoutError:
        return LiveAnswer(asked, unreached=f"no answer within {seconds:g} s")
    except ValueError:
        return LiveAnswer(asked, unreached="botocore could not be started")
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if "failed" in found:
        return LiveAnswer(asked, said=str(found["failed"]))
    return LiveAnswer(asked, ok=True, known_as=str(found.get("arn") or found.get("account") or "an account"))


async def bedrock_key(machine: Snapshot, target: ClientTarget, seconds: float = LIVE_SECONDS) -> LiveAnswer:
    """Does Bedrock take the API key of ``AWS_BEARER_TOKEN_BEDROCK``? Lists models, which is free."""
    setting = machine.variable(BEARER)
    region = aws_region(machine)
    name = region.value.strip() if region is not None else "us-east-1"
    # The SDKs' own variables for other endpoints (VPC endpoints, the laboratory).
    told = machine.variable("AWS_ENDPOINT_URL_BEDROCK") or machine.variable("AWS_ENDPOINT_URL")
    base = told.value.strip() if told is not None and told.value.strip() else f"https://bedrock.{name}.amazonaws.com"
    route = replace(route_of(target, timeout=seconds / 2), base_url=base)
    asked = f"Bedrock ListFoundationModels in {name} (free)"
    headers = {"authorization": f"Bearer {setting.value.strip() if setting else ''}", "accept": "application/json"}
    try:
        reply = await request(
            route, "GET", "/foundation-models?byProvider=anthropic", headers=headers, deadline=seconds
        )
    except NetFailure as failure:
        return LiveAnswer(asked, unreached=failure.detail)
    if reply.status == 200:
        return LiveAnswer(asked, ok=True, known_as="the Bedrock API key is accepted")
    kind = reply.headers.get("x-amzn-errortype", "").partition(":")[0]
    body = reply.body[:4_000].decode("utf-8", "replace")
    return LiveAnswer(asked, said=f"Bedrock API: {reply.status} {kind} {body}")
