"""How the families of programs take a proxy value apart (pure). Each rule was measured on the real programs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from mcp_server import redact
from mcp_server.effective.programs.base import ProxyUse, place
from mcp_server.effective.proxy_url import ProxyAddress, ProxyProblem, parse_proxy
from mcp_server.hosts import is_address
from mcp_server.snapshot import Setting

_SOCKS = {"socks": "socks5", "socks4": "socks4", "socks4a": "socks4", "socks5": "socks5", "socks5h": "socks5"}
Odd = Literal["as http", "direct", "fails"]


@dataclass(frozen=True)
class Reading:
    """How one family reads a proxy value that is not plainly ``http://host:port``."""

    socks: str
    """``spoken``; ``as http`` (an HTTP CONNECT goes to the SOCKS port); else the sentence why it fails."""
    socks_alone: str = "socks5"
    """What a bare ``socks://`` means."""
    other_schemes: Odd = "fails"
    colon_is_scheme: bool = False
    """``localhost:3128`` is read as the scheme ``localhost``; a name with a dot is not."""
    needs_scheme: bool = False
    slashes_only: Odd = "fails"
    """``//host:port``"""
    no_slashes: Odd = "fails"
    """``http:host:port``"""
    three_slashes: Odd = "fails"
    """``http:///host:port``"""
    capital_scheme: bool = True
    """``HTTP://`` is known as a scheme."""
    blanks_around: bool = False
    blanks_inside: bool = True
    two_at_signs: bool = True
    short_addresses: bool = True
    """``127.1`` is an address."""
    ascii_alone: bool = False
    """Other characters in the credentials end the program."""
    backslash: bool = False
    """True: ``DOMAIN\\user`` reaches the proxy."""
    no_password_asks: bool = False
    default_port: int | None = None
    """Port of a value without scheme and port; ``None``: that of http."""


def read(setting: Setting, reading: Reading, because: str) -> ProxyUse:
    """The way that ``setting`` means to this family; ``because`` is the reason when it can be used."""
    text = setting.value.strip()
    if setting.beats:
        because = f"{because}; it beats {redact.quote(', '.join(setting.beats[:3]), 200)}"
    if text != setting.value and not reading.blanks_around:
        return _fails(setting, "has blanks around its value, which this program does not cut off")
    scheme, rest = _split(text)
    if text[:1] in ("'", '"') or text[-1:] in ("'", '"'):
        return _fails(setting, "has quotes around its value, which are part of it here")
    if re.match(r"(?i)https?//|https?$", text):
        return _fails(setting, "has a damaged scheme (the form is http://, with colon and two slashes)")
    if scheme in ("http", "https") and not rest.startswith("//"):
        return _odd(
            setting, reading.no_slashes, f"{scheme}://{rest}", f"lacks the two slashes after {scheme}:", because
        )
    if text.startswith("//"):
        return _odd(setting, reading.slashes_only, f"http:{text}", "has no scheme before //", because)
    if scheme in ("http", "https") and rest.startswith("///"):
        repaired = f"{scheme}://{rest.lstrip('/')}"
        return _odd(setting, reading.three_slashes, repaired, f"has three slashes after {scheme}:", because)
    if not rest.startswith("//"):
        if reading.needs_scheme:
            return _fails(setting, "has no scheme (the form is http://host:port)")
        if reading.colon_is_scheme and re.match(r"[A-Za-z][A-Za-z0-9+-]*:", text):
            return _fails(setting, "has no scheme, so its host name is taken for one (the form is http://host:port)")
        port = f":{reading.default_port}" if reading.default_port and not re.search(r":\d+/?$", text) else ""
        return _http(setting, reading, f"http://{text.rstrip('/')}{port}", because)
    if scheme in ("http", "https"):
        if not reading.capital_scheme and not text.startswith(scheme):
            return _fails(setting, f"has its scheme in capitals, which this program does not know: write {scheme}://")
        return _http(setting, reading, text, because)
    return _other(setting, reading, scheme, rest, because)


def _split(text: str) -> tuple[str, str]:
    match = re.match(r"([A-Za-z][A-Za-z0-9+.-]*):(.*)", text, re.S)
    return (match[1].lower(), match[2]) if match else ("", text)


def _fails(setting: Setting, why: str, cause: str = "proxy_url_malformed") -> ProxyUse:
    return ProxyUse("fails", f"{place(setting)} {why}", decided_by=setting, cause=cause)


def _odd(setting: Setting, meaning: Odd, repaired: str, why: str, because: str) -> ProxyUse:
    if meaning == "direct":
        return ProxyUse("direct", f"direct: {place(setting)} {why}, so this program finds no proxy in it")
    parsed = parse_proxy(repaired, setting.name)
    if meaning == "fails" or isinstance(parsed, ProxyProblem):
        return _fails(setting, why)
    return ProxyUse("proxy", because, parsed.authority, parsed.scheme, setting)


def _other(setting: Setting, reading: Reading, scheme: str, rest: str, because: str) -> ProxyUse:
    shown, kind = redact.quote(scheme, 20), _SOCKS.get(scheme)
    meaning = reading.socks if kind else reading.other_schemes
    if kind and meaning not in ("spoken", "as http"):
        return _fails(setting, f"is a SOCKS proxy ({shown}://): {meaning}", "proxy_scheme_unsupported")
    if not kind and meaning == "fails":
        why = f"starts with {shown}://, which is no proxy scheme of this program"
        return _fails(setting, why, "proxy_scheme_unsupported")
    parsed = parse_proxy(f"http:{rest}", setting.name)
    if isinstance(parsed, ProxyProblem):
        return _fails(setting, "names no usable host and port")
    if kind and meaning == "spoken":
        port = parsed.port if re.search(r":\d+/?$", rest) else 1080
        spoken = reading.socks_alone if scheme == "socks" else kind
        return ProxyUse("proxy", because, ProxyAddress("http", parsed.host, port).authority, spoken, setting)
    note = f"{place(setting)} starts with {shown}://, but this program speaks plain HTTP to that port"
    return ProxyUse("proxy", because, parsed.authority, "http", setting, notes=(note,))


def _http(setting: Setting, reading: Reading, text: str, because: str) -> ProxyUse:
    userinfo, at, _ = text.partition("://")[2].rpartition("@")
    cut = re.search(r"[/?#]", userinfo)
    if cut:
        why = f"holds an unencoded {cut[0]!r} in its user name or password, which ends the host there"
        return _fails(setting, why, "proxy_auth_failed")
    if "\\" in userinfo and not reading.backslash:
        why = "holds an unencoded backslash in its user name (write %5C), which this program refuses"
        return _fails(setting, why, "proxy_auth_failed")
    if "@" in userinfo and not reading.two_at_signs:
        why = "holds an unencoded @ in its password (write %40), and this program ends it there"
        return _fails(setting, why, "proxy_auth_failed")
    if " " in userinfo and not reading.blanks_inside:
        why = "holds an unencoded blank in its credentials (write %20), which this program refuses"
        return _fails(setting, why, "proxy_auth_failed")
    if reading.ascii_alone and not userinfo.isascii():
        why = "holds a character outside ASCII in its credentials, which this program cannot send"
        return _fails(setting, why, "proxy_auth_failed")
    parsed = parse_proxy(text.replace("\\", "%5C"), setting.name)
    if isinstance(parsed, ProxyProblem):
        return _fails(setting, parsed.problem.removeprefix(setting.name).strip())
    if not reading.short_addresses and re.fullmatch(r"[0-9.]+", parsed.host) and not is_address(parsed.host):
        return _fails(setting, "names its host by a short form of an address, which this program refuses")
    if at and ":" not in userinfo and reading.no_password_asks:
        why = "names a user without a password: the program asks for one, and fails where it cannot"
        return _fails(setting, why, "proxy_auth_failed")
    notes: tuple[str, ...] = ()
    if re.search(r"%(?![0-9A-Fa-f]{2})", userinfo):
        notes = (
            f"a % in the credentials of {place(setting)} is not encoded (write %25): programs send different ones",
        )
    return ProxyUse("proxy", because, parsed.authority, parsed.scheme, setting, notes=notes)
