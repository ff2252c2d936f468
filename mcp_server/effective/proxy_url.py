"""One proxy URL taken apart, or the one sentence about what is wrong with it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address
from urllib.parse import quote as percent_encode
from urllib.parse import unquote

from mcp_server import redact

# Claude Code reads http: without slashes too (measured); for other programs the slashes are needed.
_SCHEME = re.compile(r"(?P<scheme>https?)(?P<join>:/*)(?P<rest>.*)|(?P<other>[a-z][a-z0-9+.-]*)://.*", re.I | re.S)
_DEFAULT_PORTS = {"http": 80, "https": 443}
_ENCODE = "write @ as %40, : as %3A, / as %2F, # as %23, ? as %3F, % as %25, a space as %20 and \\ as %5C"
_FORM = "http://host:port or http://user:password@host:port"


@dataclass(frozen=True)
class ProxyAddress:
    """A usable proxy URL. Credentials are percent-decoded, as Claude Code sends them (measured)."""

    scheme: str
    host: str
    port: int
    username: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    notes: tuple[str, ...] = ()

    @property
    def url(self) -> str:
        """The URL with credentials encoded the way every program understands."""
        user = "" if self.username is None else percent_encode(self.username, safe="")
        secret = "" if self.password is None else f":{percent_encode(self.password, safe='')}"
        return f"{self.scheme}://{f'{user}{secret}@' if user or secret else ''}{self.authority}"

    @property
    def shown(self) -> str:
        """The URL for a configuration that people read: credentials as placeholders."""
        user = "" if self.username is None else "USER:PASSWORD@"
        return f"{self.scheme}://{user}{self.authority}"

    @property
    def authority(self) -> str:
        """``host:port``, an IPv6 address in brackets; no credentials."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True)
class ProxyProblem:
    """Why a proxy value cannot be used; ``cause`` is an id of ``causes.yaml``. Texts hold no secret.

    ``at_start``: Claude Code ends at its start (2.1.330 with an error, 2.1.197 silently), even for a URL that
    NO_PROXY covers. Otherwise the value only fails when it is used (measured on both).
    """

    cause: str
    problem: str
    fix: str
    at_start: bool = False
    suggestion: str = ""
    """The value to write instead, credentials as placeholders; empty when the host is not known either."""


def has_scheme(value: str) -> bool:
    """True when ``value`` starts with a scheme."""
    return _SCHEME.fullmatch(value.strip()) is not None


def parse_proxy(value: str, variable: str = "the proxy URL") -> ProxyAddress | ProxyProblem:
    """Take ``value`` apart. A value without a scheme is read as ``http://`` and says so in ``notes``."""
    text = value.strip()
    notes: list[str] = []
    match = _SCHEME.fullmatch(text)
    scheme, rest = "http", text
    if match and match["scheme"]:
        scheme, rest = match["scheme"].lower(), match["rest"]
        if match["join"] != "://":
            notes.append(f"{variable} lacks the two slashes after {scheme}:, which other programs refuse")
    elif match:
        scheme = match["other"].lower()
    elif text[:1] in ("'", '"') or text[-1:] in ("'", '"'):
        return _malformed(variable, "has quotes around its value, which are part of it here")
    elif re.match(r"(?i)https?//|//|https?$", text):
        return _malformed(variable, "has a damaged scheme (the form is http://, with colon and two slashes)")
    else:
        notes.append(f"{variable} has no scheme; it is read as http://")
    if scheme.startswith("socks"):
        return ProxyProblem(
            "proxy_scheme_unsupported",
            f"{variable} is a SOCKS proxy ({redact.quote(scheme, 12)}://), which Claude Code does not speak",
            "Put the HTTP proxy of your network here, or run a local HTTP-to-SOCKS bridge (privoxy with "
            "forward-socks5, gost) and point the variable at the bridge, e.g. http://127.0.0.1:8118.",
        )
    if scheme not in _DEFAULT_PORTS:
        return ProxyProblem(
            "proxy_scheme_unsupported",
            f"{variable} starts with {redact.quote(scheme, 20)}://; a proxy URL starts with http:// or https://",
            f"Write it as {_FORM}.",
        )
    if re.search(r"[\x00-\x20\x7f]", rest.rpartition("@")[2]):
        return _malformed(variable, "holds a blank or control character in host or port")
    authority, tail = _split_authority(rest)
    if "@" in tail:
        sign = tail[0]
        return ProxyProblem(
            "proxy_auth_failed",
            f"the user name or password in {variable} holds an unencoded {sign!r}, which ends the host part there",
            f"Percent-encode the credentials: {_ENCODE}.",
            at_start=sign != "\\",
            suggestion=_placeholder(scheme, tail.rpartition("@")[2].rstrip("/")),
        )
    if tail.strip("/"):
        notes.append(f"{variable} has a path or query after the port; a proxy URL ends there, it is ignored")
    userinfo, at, location = authority.rpartition("@")
    username, colon, password = userinfo.partition(":")
    if re.search(r"%(?![0-9A-Fa-f]{2})", userinfo):
        notes.append(f"a % in the credentials of {variable} is not encoded: Claude Code then sends none. {_ENCODE}")
        username, at, colon = "", "", ""
    elif re.search("[@: ]", password) or re.search("[@ ]", username):
        notes.append(f"the credentials in {variable} are not percent-encoded; other programs refuse that: {_ENCODE}")
    place = _split_location(location, scheme, variable, notes, bool(at))
    if isinstance(place, ProxyProblem):
        return place
    host, port = place
    return ProxyAddress(
        scheme,
        host,
        port,
        unquote(username) if at else None,
        unquote(password) if colon else None,
        tuple(notes),
    )


def _split_authority(rest: str) -> tuple[str, str]:
    # URL rules of browsers and of Claude Code: a backslash (DOMAIN\user) ends the host part like a slash.
    end = re.search(r"[/?#\\]", rest)
    return (rest, "") if end is None else (rest[: end.start()], rest[end.start() :])


def _split_location(
    location: str, scheme: str, variable: str, notes: list[str], credentials: bool
) -> tuple[str, int] | ProxyProblem:
    bracketed = re.fullmatch(r"\[(?P<host>[^\]]*)\](?::(?P<port>.*))?", location)
    if bracketed:
        host, port_text = bracketed["host"], bracketed["port"]
        try:
            IPv6Address(host.partition("%")[0])
        except ValueError:
            return _malformed(variable, "has brackets around something that is no IPv6 address")
    elif location.count(":") > 1:
        try:
            ip_address(location)
        except ValueError:
            return _malformed(variable, "has more than one colon in its host part")
        return _malformed(variable, "holds an IPv6 address without brackets (the form is http://[::1]:3128)")
    elif re.search(r"[\[\]]", location):
        return _malformed(variable, "has a bracket without its partner in its host part")
    else:
        host, colon, port = location.partition(":")
        port_text = port if colon else None
    if not host:
        return _malformed(variable, "names no host")
    if port_text is None or port_text == "":
        default = _DEFAULT_PORTS[scheme]
        notes.append(f"{variable} names no port, so {default} is used; most proxies listen on 3128 or 8080")
        return host.lower(), default
    if not (port_text.isascii() and port_text.isdigit()):
        # What stands here may be the start of a password, so it is not repeated.
        return _malformed(variable, "has a port that is no number", credentials=credentials)
    if len(port_text) > 5 or not 0 < int(port_text) < 65_536:
        return _malformed(variable, "has a port outside 1 to 65535")
    return host.lower(), int(port_text)


def _placeholder(scheme: str, location: str) -> str:
    plain = re.fullmatch(r"[A-Za-z0-9.-]+(:\d{1,5})?", location)
    return f"{scheme}://USER:PASSWORD@{location}" if plain else ""


def _malformed(variable: str, what: str, *, credentials: bool = False) -> ProxyProblem:
    hint = f" If the password holds special characters: {_ENCODE}." if credentials else ""
    return ProxyProblem("proxy_url_malformed", f"{variable} {what}", f"Write it as {_FORM}.{hint}", at_start=True)
