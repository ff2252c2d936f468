"""A proxy auto-config file, evaluated in a sandbox: what it says for a URL (pure; the engine is an optional extra).

The file is somebody else's program. The engine (``quickjs-ng``) gives it no files, no network, no clock but ``Date``,
``MEMORY_BYTES`` and ``SECONDS`` in all. Its DNS functions never call out: they read a table, and a name that is not
in it stops the run, is answered by the caller's resolver where that is allowed, and the run begins again.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

from mcp_server import redact
from mcp_server.errors import GatewayError

MAX_BYTES = 2_000_000
MEMORY_BYTES = 64_000_000
#: Processor time for all URLs of one call together; real files need a thousandth of it.
SECONDS = 1.0
MAX_NAMES = 50
_TOO_LONG = f"it did not end within {SECONDS:g} s of processor time"

Resolver = Callable[[str], Sequence[str]]
"""Host name → its addresses, empty for none."""


@dataclass(frozen=True)
class PacResult:
    """What the file says for one URL."""

    url: str
    choices: tuple[str, ...] = ()
    """In order: ``DIRECT``, ``PROXY host:port``, ``HTTPS host:port``, ``SOCKS5 host:port`` …"""
    problem: str = ""
    """Why there is no answer; not empty exactly when ``choices`` is empty."""
    asked: tuple[str, ...] = ()
    """Names the file wanted to resolve."""
    unresolved: tuple[str, ...] = field(default=())
    """Those that were answered with nothing, because they do not exist or asking is not allowed."""

    @property
    def first(self) -> str:
        """The first choice as a proxy value: ``http://host:port``, ``""`` for direct or no answer."""
        kind, _, address = (self.choices[0] if self.choices else "DIRECT").partition(" ")
        scheme = {"PROXY": "http", "HTTP": "http", "HTTPS": "https", "SOCKS": "socks5", "SOCKS4": "socks4"}
        return f"{scheme.get(kind, 'socks5')}://{address}" if address else ""


def evaluate(
    text: str, urls: Sequence[str], resolve: Resolver | None = None, own_address: str = "127.0.0.1"
) -> list[PacResult]:
    """What the PAC file ``text`` says for each of ``urls``.

    ``resolve`` answers its DNS functions; without it every name counts as unknown, and the result says so.
    ``own_address`` is what ``myIpAddress()`` gives. Raises GatewayError when the engine is not installed.
    """
    engine = _engine()
    if len(text) > MAX_BYTES:
        return [PacResult(url, problem=f"the file is larger than {MAX_BYTES:,} characters") for url in urls]
    sandbox = _Sandbox(engine, text, own_address, {}, time.process_time() + SECONDS)
    return [_one(sandbox, url, resolve) for url in urls]


def _engine() -> Any:
    try:
        import quickjs
    except ImportError:
        raise GatewayError(
            "the engine that evaluates PAC files is not installed.",
            "Install it with: pip install 'llm-gateway-assistant[pac]'; or read FindProxyForURL in the file yourself.",
        ) from None
    return quickjs


@dataclass(frozen=True)
class _Sandbox:
    engine: Any
    text: str
    own_address: str
    known: dict[str, list[str]]
    until: float


def _one(sandbox: _Sandbox, url: str, resolve: Resolver | None) -> PacResult:
    asked: list[str] = []
    known = sandbox.known
    for _ in range(MAX_NAMES):
        said = _run(sandbox, url)
        name = said.get("needs")
        if name is None:
            break
        if name not in known:
            known[name] = [str(a) for a in resolve(name)] if resolve is not None and _is_name(name) else []
        asked.append(name)
    else:
        return PacResult(url, problem=f"it asks for more than {MAX_NAMES} host names", asked=tuple(asked))
    unresolved = tuple(dict.fromkeys(name for name in asked if not known[name]))
    names = tuple(dict.fromkeys(asked))
    if "problem" in said:
        return PacResult(url, problem=said["problem"], asked=names, unresolved=unresolved)
    choices = _choices(said["answer"])
    if not choices:
        shown = redact.quote(said["answer"], 120)
        return PacResult(url, problem=f"FindProxyForURL gave {shown!r}, which is no list of proxies", asked=names)
    return PacResult(url, choices, asked=names, unresolved=unresolved)


def _run(sandbox: _Sandbox, url: str) -> dict[str, str]:
    """One run from the beginning: ``{"answer"}``, ``{"needs": name}`` or ``{"problem"}``."""
    engine, known, left = sandbox.engine, sandbox.known, sandbox.until - time.process_time()
    if left <= 0:
        return {"problem": _TOO_LONG}
    context = engine.Context()
    context.set_memory_limit(MEMORY_BYTES)
    context.set_max_stack_size(512_000)
    context.set_time_limit(left)
    try:
        own = json.dumps(sandbox.own_address)
        context.eval(f"const __needs = [], __known = {json.dumps(known)}, __own = {own};")
        context.eval(_functions())
        context.eval(sandbox.text)
        call = f"FindProxyForURL({json.dumps(_shown_to_file(url))}, {json.dumps(_host(url))})"
        answer = context.eval(f"typeof FindProxyForURL === 'function' ? String({call}) : null")
        said = {"problem": "it defines no function FindProxyForURL"} if answer is None else {"answer": str(answer)}
    except (engine.JSException, engine.StackOverflow) as failure:
        said = _failure(str(failure))
    # A file may catch the stop, so the names are asked for whatever came out.
    try:
        needed = context.eval("String(__needs[0] ?? '')")
    except (engine.JSException, engine.StackOverflow):
        needed = ""
    return {"needs": str(needed)} if needed and needed not in known else said


@cache
def _functions() -> str:
    return files(__package__).joinpath("pac_functions.js").read_text(encoding="utf-8")


def _failure(words: str) -> dict[str, str]:
    if "interrupted" in words:
        return {"problem": _TOO_LONG}
    if "out of memory" in words:
        return {"problem": f"it wants more than {MEMORY_BYTES // 1_000_000} MB of memory"}
    if "stack" in words.lower():
        return {"problem": "it calls itself without end"}
    line = re.search(r"<input>:(\d+)", words)
    where = f" at line {line[1]}" if line and "SyntaxError" in words else ""
    return {"problem": f"it is no JavaScript that runs{where}: {redact.quote(words.splitlines()[0], 160)}"}


def _choices(answer: str) -> tuple[str, ...]:
    found = []
    for part in answer.split(";"):
        words = part.split()
        if words and words[0].upper() == "DIRECT":
            found.append("DIRECT")
        elif len(words) == 2 and re.fullmatch(r"PROXY|HTTPS?|SOCKS[45]?", words[0].upper()):
            found.append(f"{words[0].upper()} {redact.quote(words[1], 120)}")
    return tuple(found)


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""


def _shown_to_file(url: str) -> str:
    """Browsers hide path and query of https URLs from the file; so does this."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return f"https://{host}/" if parts.scheme.lower() == "https" else f"{parts.scheme}://{host}{parts.path or '/'}"


def _is_name(name: str) -> bool:
    return bool(re.fullmatch(r"[A-Za-z0-9_.:-]{1,253}", name))
