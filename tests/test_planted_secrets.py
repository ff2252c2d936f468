"""No planted secret in any output: every shape of credential, in every input, through every verb."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import logging
import os
import random
import stat
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import sha1
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from secret_shapes import ALNUM, BARE, leaked, some

from mcp_server.cli import main
from mcp_server.environment import snapshot
from mcp_server.operations.explain import look
from mcp_server.operations.report import known_secrets, self_checked

#: Values whose place alone gives them away.
PLACED: dict[str, Callable[[random.Random], str]] = {
    "value of no shape": lambda r: some(r, ALNUM, 28),
    "Azure key": lambda r: some(r, "0123456789abcdef", 32),
    "AWS secret key": lambda r: some(r, ALNUM + "/+", 40),
}
SHAPES = {**BARE, **PLACED}
VERBS: tuple[tuple[str, ...], ...] = (
    ("explain",),
    ("explain", "--json"),
    ("explain", "--client-version", "2.1.197"),
    ("report", "PASTE", "--config", "GATEWAY"),
    ("report", "--output", "BUNDLE"),
    ("diagnose",),
    ("diagnose", "PASTE", "--config", "GATEWAY"),
    ("diagnose", "PASTE", "--json"),
    ("diagnose", "--provider", "aws"),
    ("diagnose", "PASTE", "--provider", "aws", "--json"),
    ("validate", "GATEWAY"),
    *(("validate", "GATEWAY", "SETTINGS", "DOTENV", "--format", name) for name in ("text", "json", "sarif")),
    *(("validate", "GATEWAY", "SETTINGS", "DOTENV", "--format", name) for name in ("github", "junit")),
    ("validate", "GATEWAY", "--diff"),
    ("test-model", "--dry-run", "gpt-4o"),
    ("generate", "a gateway for gemini with key", "PASTE"),
    ("generate", "--models", "gemini-2.5-pro", "--vertex-project", "my-project", "--token_env_is", "PASTE"),
)


#: Long lines on purpose: what shows a part of a line must not show a part of a credential.
GATEWAY = """model_list:
  - model_name: gpt
    litellm_params: {{model: openai/gpt-4o, api_key: {quoted}, extra_headers: {{Authorization: {quoted}}}, timeout: x}}
  - model_name: claude
    litellm_params: {{model: anthropic/claude-sonnet-4-5, api_base: 'https://u:{plain}@h/v1', api_kye: {quoted}}}
general_settings: {{master_key: {quoted}, database_url: 'postgresql://l:{plain}@db/x', hook_secret: {quoted}, no: 1}}
litellm_settings: {{cache: yes, cache_params: {{type: redis, password: {quoted}}}}}
environment_variables: {{OPENAI_API_KEY: {quoted}}}
"""


@dataclass
class Planted:
    """A machine on which one secret stands in every place."""

    secret: str
    folder: Path
    shell: dict[str, str] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)

    def arguments(self, verb: tuple[str, ...]) -> list[str]:
        return [self.words.get(word, word) for word in verb if word != "--token_env_is"]


def plant(secret: str, folder: Path) -> Planted:
    """Environment, settings, login, gateway file, ``.env``, paste and helper of one machine, all with ``secret``."""
    one = " ".join(secret.split())
    basic = base64.b64encode(f"user:{one}".encode()).decode()
    home, project = folder / "home", folder / "project"
    (home / ".claude").mkdir(parents=True)
    (project / ".claude").mkdir(parents=True)
    helper = folder / "helper.sh"
    helper.write_text(f"#!/bin/sh\ncat <<'END'\n{secret}\nEND\n", encoding="utf-8")
    helper.chmod(0o700)
    headers = f"X-Trace: 1\nAuthorization: Basic {basic}\nX-Portkey-Api-Key: {one}\nCookie: s={one}"
    names = ("ANTHROPIC_API_KEY", "AWS_SECRET_ACCESS_KEY", "LITELLM_MASTER_KEY")
    env = {**dict.fromkeys(names, one), "ANTHROPIC_CUSTOM_HEADERS": headers}
    settings = {"apiKeyHelper": str(helper), "env": env, "model": "sonnet"}
    (home / ".claude" / "settings.json").write_text(json.dumps(settings), encoding="utf-8")
    login = {"claudeAiOauth": {"accessToken": one, "refreshToken": one, "expiresAt": 1, "scopes": ["user:inference"]}}
    login["enterpriseGateway"] = {
        "url": f"https://u:{_plain(one)}@h",
        "jwt": one,
        "idpRefreshToken": one,
        "expiresAt": 1,
    }
    (home / ".claude" / ".credentials.json").write_text(json.dumps(login), encoding="utf-8")
    broken = f'{{"env": {{"ANTHROPIC_AUTH_TOKEN": "{one}",}}}}'
    (project / ".claude" / "settings.json").write_text(broken, encoding="utf-8")
    plant_aws(home / ".aws", one)
    gateway = folder / "config.yaml"
    gateway.write_text(GATEWAY.format(quoted=json.dumps(one), plain=_plain(one)), encoding="utf-8")
    dotenv = folder / ".env"
    dotenv.write_text(
        f"ANTHROPIC_AUTH_TOKEN={one}\nexport DB_PASSWORD = {one}\nANTHROPIC_BASE_URL=https://x:{_plain(one)}@h/v1\n",
        encoding="utf-8",
    )
    paste = (
        f'API Error: 401 {{"error": {{"message": "Incorrect API key provided: api_key={one}"}}}}\n'
        f"Authorization: Bearer {one}\nx-api-key: {one}\nCookie: session={one}\nhttps://u:{_plain(one)}@proxy:3128\n"
        f"password: {one}\n"
    ) + (secret if secret in one or "PRIVATE KEY" in secret else "")
    shell = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "CLAUDE_PROJECT_DIR": str(project),
        "NO_GCE_CHECK": "true",
        "ANTHROPIC_BASE_URL": f"http://gw:{_plain(one)}@127.0.0.1:1/v1?key={_plain(one)}",
        "ANTHROPIC_AUTH_TOKEN": one,
        "HTTPS_PROXY": f"http://user:{_plain(one)}@127.0.0.1:1",
        "CLAUDE_CODE_OAUTH_TOKEN": one,
        "CLAUDE_CODE_CLIENT_KEY_PASSPHRASE": one,
        "DATABASE_URL": f"postgresql://llm:{_plain(one)}@db/x",
        "OPENAI_API_KEY": one,
        "AWS_SESSION_TOKEN": one,
    }
    words = {
        "PASTE": paste,
        "GATEWAY": str(gateway),
        "SETTINGS": str(project / ".claude" / "settings.json"),
        "DOTENV": str(dotenv),
        "BUNDLE": str(folder / "bundle.md"),
    }
    return Planted(secret, folder, shell, words)


def plant_aws(folder: Path, secret: str) -> None:
    """Shared AWS files and both token caches, with ``secret`` wherever a secret stands in them."""
    keys = "".join(f"aws_{name} = {secret}\n" for name in ("access_key_id", "secret_access_key", "session_token"))
    config = (
        f"[default]\n{keys}[profile process]\ncredential_process = /bin/sh -c 'get --password {secret}'\n"
        "[profile sso]\nsso_session = corp\nsso_account_id = 1\nsso_role_name = dev\n"
        f"[sso-session corp]\nsso_start_url = https://corp.example\n{keys}stray line {secret}\n"
    )
    token = {"accessToken": secret, "refreshToken": secret, "clientSecret": secret, "expiresAt": "2001-01-01T00:00:00Z"}
    caches = {"sso/cache/" + sha1(b"corp").hexdigest(): token, "login/cache/x": {**token, "accessToken": {"k": secret}}}
    files = {"config": config, "credentials": f"[default]\n{keys}[process]\n{keys.partition('aws_secret')[0]}"}
    files |= {f"{name}.json": json.dumps(content) for name, content in caches.items()}
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


@contextlib.contextmanager
def telling_server(secret: str) -> Iterator[str]:
    """A server that refuses every request and repeats ``secret`` in headers and body."""
    one = " ".join(secret.split())
    body = json.dumps({"error": {"message": f"Invalid key: api_key={one}", "type": "auth", "detail": f"Bearer {one}"}})

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it
            pass

        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("content-length") or 0))
            self.send_response(401)
            self.send_header("content-type", "application/json")
            self.send_header("www-authenticate", f'Basic realm="api_key={one}"')
            self.send_header("set-cookie", f"session={one}")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        do_GET = do_HEAD = do_POST = do_CONNECT = answer  # noqa: N815 - the base class names them

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def _plain(secret: str) -> str:
    """``secret`` as it may stand in the user part of a URL."""
    return "".join(c if c.isalnum() or c in "-._~" else f"%{ord(c):02X}" for c in secret)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Planted]:
    def make(secret: str) -> Planted:
        found = plant(secret, tmp_path)
        for name in list(os.environ):
            monkeypatch.delenv(name)
        for name, value in found.shell.items():
            monkeypatch.setenv(name, value)
        monkeypatch.chdir(tmp_path / "project")
        return found

    return make


@pytest.mark.parametrize("shape", sorted(SHAPES))
def test_no_verb_prints_or_logs_a_planted_secret(
    shape: str,
    machine: Callable[[str], Planted],
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    secret = SHAPES[shape](random.Random(shape))
    planted = machine(secret)
    caplog.set_level(logging.DEBUG)
    for verb in VERBS:
        with pytest.raises(SystemExit):
            main(planted.arguments(verb))
        out, err = capsys.readouterr()
        shown = out + err + caplog.text
        assert leaked(secret, shown) == [], (verb, [line for line in shown.splitlines() if leaked(secret, line)])
        caplog.clear()
    bundle = Path(planted.words["BUNDLE"])
    assert leaked(secret, bundle.read_text(encoding="utf-8")) == []
    assert stat.S_IMODE(bundle.stat().st_mode) == 0o600


@pytest.mark.parametrize("shape", [*sorted(BARE)[::6], *PLACED])
def test_no_verb_repeats_a_secret_that_a_server_or_a_proxy_sends(
    shape: str, machine: Callable[[str], Planted], capsys: pytest.CaptureFixture[str]
) -> None:
    secret = SHAPES[shape](random.Random(shape))
    planted = machine(secret)
    with telling_server(secret) as url:
        for verb in (
            ("test-model", "gpt-4o", "--base-url", url, "--level", "message"),
            ("test-model", "gpt-4o", "--base-url", url, "--level", "status", "--json"),
            ("check-proxy", url),
            ("check-proxy", "--proxy-url", url, "https://gateway.test"),
        ):
            with pytest.raises(SystemExit):
                main(planted.arguments(verb))
            out, err = capsys.readouterr()
            assert leaked(secret, out + err) == [], verb
            assert out


@pytest.mark.parametrize("shape", [*sorted(BARE)[::16], *PLACED])
@pytest.mark.parametrize("profile", ["", "default", "process", "sso", "absent"])
def test_no_verb_prints_a_secret_of_the_aws_files(
    shape: str,
    profile: str,
    machine: Callable[[str], Planted],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    secret = SHAPES[shape](random.Random(shape))
    planted = machine(secret)
    monkeypatch.setenv("CLAUDE_CODE_USE_BEDROCK", "1")
    if profile:
        monkeypatch.setenv("AWS_PROFILE", profile)
    for verb in (("explain",), ("explain", "--json"), ("diagnose", "PASTE", "--provider", "aws"), ("diagnose",)):
        with pytest.raises(SystemExit):
            main(planted.arguments(verb))
        out, err = capsys.readouterr()
        assert leaked(secret, out + err) == [], verb
        assert out


@pytest.mark.parametrize("shape", [*sorted(BARE)[::12], *PLACED])
def test_no_live_check_repeats_what_a_service_says(
    shape: str, machine: Callable[[str], Planted], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = SHAPES[shape](random.Random(shape))
    planted = machine(secret)
    monkeypatch.delenv("HTTPS_PROXY")
    with telling_server(secret) as url:
        for name in ("AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL_BEDROCK", "ANTHROPIC_BASE_URL"):
            monkeypatch.setenv(name, url)
        for more in ({}, {"AWS_PROFILE": "default"}, {"AWS_BEARER_TOKEN_BEDROCK": " ".join(secret.split())}):
            for name, value in more.items():
                monkeypatch.setenv(name, value)
            for verb in (("diagnose", "--live", "--provider", "aws"), ("diagnose", "--live", "--provider", "gateway")):
                with pytest.raises(SystemExit):
                    main(planted.arguments((*verb, "--json")))
                out, err = capsys.readouterr()
                assert leaked(secret, out + err) == [], verb
                assert "Sent because a live check was asked for" in out, verb


@pytest.mark.parametrize("shape", sorted(SHAPES))
def test_the_final_check_alone_removes_a_known_secret_and_says_so(shape: str) -> None:
    secret = SHAPES[shape](random.Random(shape))
    lines = ["first", *(f"kept by mistake {part} here" for part in secret.splitlines()), "last"]
    bundle = self_checked(lines, secret.splitlines(), "/home/me")
    assert leaked(secret, bundle.markdown) == []
    assert bundle.left_out
    assert bundle.markdown.startswith("first\n")
    assert "left out by that check" in bundle.markdown


def test_the_report_knows_the_secrets_of_every_place(tmp_path: Path) -> None:
    secret = "Zq8" * 9
    planted = plant(secret, tmp_path)
    # One secret of its own in each place: none of them is known through another.
    own = {"OPENAI_API_KEY": "InTheShell_1", "HTTPS_PROXY": "http://u:InTheProxy_1@127.0.0.1:1"}
    (tmp_path / "home" / ".claude" / "settings.json").write_text('{"env": {"ANTHROPIC_API_KEY": "InSettings_1"}}')
    Path(planted.words["GATEWAY"]).write_text("general_settings: {master_key: InTheGateway_1}\n")
    seen = snapshot(shell=own, home=tmp_path / "home", project=tmp_path, run_claude=False)
    known = known_secrets(seen, asyncio.run(look(seen)), planted.words["GATEWAY"])
    assert {"InTheShell_1", "InTheProxy_1", "InSettings_1", "InTheGateway_1", secret} <= known
