"""Runs inside the LiteLLM environment: one forked child per combination, so that hundreds cost seconds.

Reads lines of JSON ``{"program", "env", "url"}``, makes one request each and writes one line ``done`` each.
Names ending in ``.test`` and ``.localhost`` resolve to loopback, which these programs would ask the network for.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
import traceback
from collections.abc import Callable
from typing import Any

_real = socket.getaddrinfo


def _loopback(host: Any, *rest: Any, **options: Any) -> Any:
    name = host.decode() if isinstance(host, bytes) else host
    if isinstance(name, str) and name.rstrip(".").lower().endswith((".test", ".localhost")):
        name = "127.0.0.1"
    return _real(name, *rest, **options)


socket.getaddrinfo = _loopback

import boto3  # noqa: E402
import botocore.config  # noqa: E402
import google.auth.transport.requests  # noqa: E402
import httpx  # noqa: E402
from litellm.llms.custom_httpx.http_handler import AsyncHTTPHandler, HTTPHandler  # noqa: E402

_SESSION = boto3.Session("AKIDEXAMPLE", "secret", region_name="us-east-1")
_CONFIG = botocore.config.Config(retries={"total_max_attempts": 1}, connect_timeout=3, read_timeout=3)


def _boto3(url: str) -> None:
    # A session of its own reads the environment; the loader's cache is shared.
    session = boto3.Session("AKIDEXAMPLE", "secret", region_name="us-east-1")
    session._session.register_component("data_loader", _SESSION._session.get_component("data_loader"))
    session.client("sts", endpoint_url=url, config=_CONFIG).get_caller_identity()


async def _aiohttp(url: str) -> None:
    await AsyncHTTPHandler(timeout=3).get(url)


PROGRAMS: dict[str, Callable[[str], Any]] = {
    "httpx": lambda url: httpx.get(url, timeout=3),
    "litellm-httpx": lambda url: HTTPHandler(timeout=3).get(url),
    "litellm-aiohttp": lambda url: asyncio.run(_aiohttp(url)),
    "google-auth": lambda url: google.auth.transport.requests.Request()(url, timeout=3),
    "boto3": _boto3,
}
_SESSION.client("sts", endpoint_url="http://127.0.0.1:9", config=_CONFIG)


def _child(job: dict[str, Any]) -> None:
    os.environ.clear()
    os.environ.update(job["env"])
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    if not os.environ.get("SHOW_ERRORS"):
        os.dup2(null, 2)
    try:
        PROGRAMS[job["program"]](job["url"])
    except BaseException:
        traceback.print_exc(limit=-1)
    os._exit(0)


for line in sys.stdin:
    child = os.fork()
    if child == 0:
        _child(json.loads(line))
    os.waitpid(child, 0)
    sys.stdout.write("done\n")
    sys.stdout.flush()
