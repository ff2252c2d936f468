"""Signing in without a human: what is refused, and that every stop says where."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from mcp_server.errors import GatewayError
from mcp_server.lab.serve import running
from mcp_server.net.ports import free_port
from mcp_server.run.claude_gateway import claude_gateway, sign_in

pytestmark = pytest.mark.anyio


class Scripted:
    """A gateway that does what it is told at each step; ``seen`` holds (path, form, cookie)."""

    def __init__(self, **answers: Response) -> None:
        self.answers = answers
        self.seen: list[tuple[str, dict[str, str], str]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        step = request.url.path.rpartition("/")[2]
        form = dict(parse_qsl((await request.body()).decode()))
        self.seen.append((step, form, request.headers.get("cookie", "")))
        await self.answers.get(step, self.usual(step))(scope, receive, send)

    def usual(self, step: str) -> Response:
        if step == "device_authorization":
            return JSONResponse({"device_code": "dev", "user_code": "ABCD-EFGH"})
        if step == "token":
            return JSONResponse({"access_token": "the-token", "token_type": "Bearer", "expires_in": 3600})
        return PlainTextResponse("done")


async def test_the_browser_keeps_its_cookie_at_the_gateway_and_shows_it_nowhere_else() -> None:
    company = Scripted()
    with running(company) as issuer:
        gateway = Scripted()
        with running(gateway) as url:
            first = RedirectResponse(f"{issuer}/authorize?x=1", 302)
            first.set_cookie("gw_dev", "browser-1")
            gateway.answers["device"] = first
            company.answers["authorize"] = RedirectResponse(f"{url}/oauth/callback?code=1", 302)
            assert await sign_in(url) == "the-token"
    assert [(step, cookie) for step, _, cookie in company.seen] == [("authorize", "")]
    assert gateway.seen[1][1] == {"user_code": "ABCD-EFGH"}
    assert gateway.seen[2] == ("callback", {}, "gw_dev=browser-1")
    assert gateway.seen[3][1]["device_code"] == "dev"


async def test_a_gateway_elsewhere_is_never_signed_in_to() -> None:
    with pytest.raises(GatewayError, match="on this machine"):
        await sign_in("https://gateway.example.com")


async def test_nothing_listening_is_said_plainly() -> None:
    with pytest.raises(GatewayError, match="stopped at POST /oauth/device_authorization"):
        await sign_in(f"http://127.0.0.1:{free_port()}")


@pytest.mark.parametrize(
    ("step", "answer", "said"),
    [
        ("device_authorization", PlainTextResponse("too many", 429), "POST /oauth/device_authorization: HTTP 429"),
        ("device_authorization", PlainTextResponse("<html>"), "an answer that should hold device_code and user_code"),
        ("device_authorization", JSONResponse(["x"]), "an answer that should hold device_code and user_code"),
        ("device_authorization", JSONResponse({"device_code": "d"}), "an answer that should hold device_code and"),
        ("token", JSONResponse({"access_token": 7}), "an answer that should hold access_token"),
        ("token", JSONResponse({"error": "authorization_pending"}, 400), "authorization_pending"),
        ("callback", PlainTextResponse("not in an allowed group", 403), "GET /oauth/callback: HTTP 403, not in an"),
        ("callback", RedirectResponse("/oauth/callback", 302), "the redirects of the sign-in"),
    ],
)
async def test_every_stop_names_its_step(step: str, answer: Response, said: str) -> None:
    gateway = Scripted(**{step: answer})
    with running(gateway) as url:
        gateway.answers.setdefault("device", RedirectResponse("/oauth/callback", 302))
        with pytest.raises(GatewayError) as caught:
            await sign_in(url)
    assert said in caught.value.problem


@pytest.mark.e2e
async def test_a_file_the_program_refuses_is_quoted(tmp_path: Path) -> None:
    from mcp_server.run.programs import claude_code

    file = tmp_path / "gateway.yaml"
    file.write_text(json.dumps({"listen": {}, "session": {"jwt_secret": "${NOT_SET}"}}), encoding="utf-8")
    with pytest.raises(GatewayError, match=r"claude gateway ended with exit code 1 .*undefined env var.*NOT_SET"):
        async with claude_gateway(claude_code(), file, port=free_port(), environment={}, folder=tmp_path):
            pass
