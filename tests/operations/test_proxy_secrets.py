"""A proxy's password stands in no output, whatever it holds, wherever it was set, whatever the proxy does."""

from __future__ import annotations

import asyncio
from urllib.parse import quote as percent_encode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from loopback_network import ScriptedProxy, closed_port, refusing, serving

from mcp_server.answer import Answer
from mcp_server.errors import GatewayError
from mcp_server.operations import check_proxy, diagnose_auth, generate_config
from mcp_server.redact import quote, redact
from mcp_server.render.markdown import markdown
from mcp_server.snapshot import ProgramEntry, ProgramFile, SettingsFile, Snapshot

#: Long enough that no ordinary word of an answer contains it by chance.
SECRETS = st.lists(st.sampled_from("@:/#%?&\\ $!'\"[]{}"), max_size=4).map(
    lambda signs: "".join(f"Zq7qZ{sign}" for sign in signs) + "7ZqZ7"
)
FORMS = ("http://alice:{}@127.0.0.1:{}", "alice:{}@127.0.0.1:{}", "socks5://alice:{}@127.0.0.1:{}", "http//a:{}@h:{}")
PLACES = ("shell", "settings", "argument", "git", "npm", "gcloud")
BEHAVIOURS = {
    "asks": refusing("407 Proxy Authentication Required", 'Proxy-Authenticate: Basic realm="x"'),
    "ntlm": refusing("407 Proxy Authentication Required", "Proxy-Authenticate: NTLM"),
    "forbids": refusing("403 Forbidden"),
    "tunnels": None,
}


def pieces(secret: str) -> list[str]:
    """What must not appear: the password and every part of it that a broken parser could cut out."""
    parts = [secret, percent_encode(secret, safe="")]
    for sign in "@:/#%?\\ ":
        parts += secret.split(sign)
    return [part for part in parts if sum(c in "Zq7" for c in part) >= 5]


def everything(answer: Answer) -> str:
    return answer.model_dump_json() + markdown(answer)


async def checked(place: str, value: str) -> Answer:
    shell: dict[str, str] = {}
    files: tuple[SettingsFile, ...] = ()
    programs: tuple[ProgramFile, ...] = ()
    if place == "shell":
        shell = {"HTTPS_PROXY": value, "http_proxy": value, "ALL_PROXY": value}
    elif place == "settings":
        files = (SettingsFile("user", "/fixture/settings.json", {"env": {"HTTPS_PROXY": value}}),)
    elif place != "argument":
        key = {"git": "http.proxy", "npm": "https-proxy", "gcloud": "proxy/address"}[place]
        programs = (ProgramFile(place, f"/fixture/{place}", (ProgramEntry(key, value, 1),)),)
    machine = Snapshot(shell, files, client_version="2.1.330", program_files=programs)
    return await check_proxy.run(
        [f"http://127.0.0.1:{closed_port()}"], proxy_url=value if place == "argument" else None, snapshot=machine
    )


@pytest.mark.parametrize("behaviour", BEHAVIOURS)
@settings(max_examples=40)
@given(secret=SECRETS, form=st.sampled_from(FORMS), place=st.sampled_from(PLACES), encoded=st.booleans())
def test_check_proxy_shows_no_part_of_a_password(
    behaviour: str, secret: str, form: str, place: str, encoded: bool
) -> None:
    async def once() -> str:
        async with serving(ScriptedProxy(BEHAVIOURS[behaviour])) as port:
            written = percent_encode(secret, safe="") if encoded else secret
            return everything(await checked(place, form.format(written, port)))

    shown = asyncio.run(once())
    assert not [piece for piece in pieces(secret) if piece in shown]


@settings(max_examples=150)
@given(secret=SECRETS, form=st.sampled_from(FORMS[:3]), encoded=st.booleans())
def test_generate_config_refuses_a_literal_login_without_repeating_it(secret: str, form: str, encoded: bool) -> None:
    value = form.format(percent_encode(secret, safe="") if encoded else secret, 3128)
    with pytest.raises(GatewayError) as refused:
        generate_config.run(gateway="proxy-only", proxy_url=value)
    said = f"{refused.value.problem} {refused.value.fix}"
    assert not [piece for piece in pieces(secret) if piece in said]


@pytest.mark.anyio
@pytest.mark.parametrize(
    "line",
    [
        'Invalid proxy URL in HTTPS_PROXY: "alice:planted-secret@127.0.0.1:3128" cannot be parsed',
        "HTTPS_PROXY=alice:planted-secret@proxy.corp.test:3128",
        "https_proxy: 'alice:planted@secret@[::1]:3128'",
        r"HTTP_PROXY=CORP\alice:planted/secret@proxy.corp.test",
    ],
)
async def test_a_login_without_scheme_in_the_clients_own_words_is_masked(line: str) -> None:
    assert "planted" not in redact(line)
    assert "planted" not in quote(line)
    answer = await diagnose_auth.run(line, snapshot=Snapshot({}))
    assert "planted" not in everything(answer)


@pytest.mark.parametrize("line", ["HTTPS_PROXY=proxy.corp.test:3128", "proxy: http://h:1 or a@b", "proxy = user@host"])
def test_a_proxy_without_a_password_stays_readable(line: str) -> None:
    assert redact(line) == line
