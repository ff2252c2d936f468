"""The programs' own configuration formats, read as far as proxy and trust need it (pure).

Every reader takes the text and gives ``ProgramEntry`` values in file order; a line it cannot read is left out, as it
says nothing about the network. Only keys about proxies and certificates are kept: the rest is nobody's business.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mcp_server.snapshot import ProgramEntry

_GIT_NAMES = ("url", "proxy", "sslcainfo", "sslverify", "sslcert", "sslkey", "proxysslcainfo")
_NPM_NAMES = ("proxy", "https-proxy", "noproxy", "cafile", "ca", "cert", "key", "strict-ssl")
_CURL_NAMES = (
    *("proxy", "noproxy", "socks4", "socks4a", "socks5", "socks5-hostname", "cacert", "capath", "cert", "key"),
    *("insecure", "proxy-cacert", "preproxy"),
)
_CURL_SHORT = {"x": "proxy", "E": "cert", "k": "insecure"}
_GCLOUD_SECTIONS = ("proxy", "context_aware")
_GCLOUD_KEYS = ("core/custom_ca_certs_file", "auth/disable_ssl_validation")
_PIP_NAMES = ("proxy", "cert", "client-cert")


def git_config(text: str) -> list[ProgramEntry]:
    """``http.proxy``, ``http.<url>.proxy``, ``remote.<name>.proxy`` … and ``include.path``; names in lower case."""
    return [e for e in _git_lines(text) if _git_wanted(e.key)]


def _git_wanted(key: str) -> bool:
    section, _, rest = key.partition(".")
    if section in ("include", "includeif"):
        return key.endswith(".path")
    return section in ("http", "remote") and rest.rpartition(".")[2] in _GIT_NAMES


def _git_lines(text: str) -> Iterator[ProgramEntry]:
    section = ""
    lines = iter(enumerate(text.splitlines(), 1))
    for number, raw in lines:
        line = raw.strip()
        header = re.match(r'\[\s*([\w.-]+)(?:\s+"((?:[^"\\]|\\.)*)")?\s*\]\s*(.*)', line)
        if header:
            name = header[1].lower()
            inner = re.sub(r"\\(.)", r"\1", header[2]) if header[2] is not None else None
            section = f"{name}.{inner}" if inner is not None else name
            line = header[3]
        while line.endswith("\\"):
            line = line[:-1] + next(lines, (0, ""))[1].strip()
        match = re.match(r"([A-Za-z][A-Za-z0-9-]*)\s*(=?)\s*(.*)", line)
        if match and section:
            value = _git_value(match[3]) if match[2] else "true"
            yield ProgramEntry(f"{section}.{match[1].lower()}", value, number)


def _git_value(text: str) -> str:
    """Quotes taken away, escapes resolved, a comment outside quotes cut off."""
    out, quoted, index, kept = "", False, 0, 0
    while index < len(text):
        sign = text[index]
        if sign == '"':
            quoted = not quoted
        elif sign == "\\" and index + 1 < len(text):
            index += 1
            out += {"n": "\n", "t": "\t", "b": ""}.get(text[index], text[index])
            kept = len(out)
        elif sign in "#;" and not quoted:
            break
        else:
            out += sign
            kept = len(out) if quoted or not sign.isspace() else kept
        index += 1
    return out[:kept]


def npmrc(text: str) -> list[ProgramEntry]:
    """``proxy``, ``https-proxy``, ``cafile`` … and the registry-scoped ``//host/:certfile``."""
    found = []
    for number, raw in enumerate(text.splitlines(), 1):
        key, equals, value = raw.strip().partition("=")
        key = key.strip().removesuffix("[]")
        scoped = key.startswith("//") and key.endswith((":certfile", ":keyfile"))
        if raw.strip()[:1] in ("#", ";", "[", "") or not equals or not (scoped or key in _NPM_NAMES):
            continue
        value = value.strip()
        if len(value) > 1 and value[0] in "\"'" and value[-1] == value[0]:
            value = value[1:-1]
        else:
            value = re.split(r"(?<!\\)[;#]", value, maxsplit=1)[0].strip()
        found.append(ProgramEntry(key, value, number))
    return found


def curlrc(text: str) -> list[ProgramEntry]:
    """Long and short options, with ``=``, ``:`` or a blank before the value; ``insecure`` needs none."""
    found = []
    for number, raw in enumerate(text.splitlines(), 1):
        match = re.match(r"\s*(?:(-[A-Za-z])|(?:--)?([A-Za-z][\w-]*))\s*[=:]?\s*(.*)", raw)
        if match is None:
            continue
        name = _CURL_SHORT.get(match[1][1:], "") if match[1] else match[2]
        if name not in _CURL_NAMES:
            continue
        value = match[3].strip()
        quoted = re.match(r'"((?:[^"\\]|\\.)*)"', value)
        value = re.sub(r"\\(.)", r"\1", quoted[1]) if quoted else value.split()[0] if value else ""
        found.append(ProgramEntry(name, value, number))
    return found


def ini(text: str) -> Iterator[tuple[str, ProgramEntry]]:
    """Section and entry of every ``key = value`` line of an INI file."""
    section = ""
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.strip()
        header = re.fullmatch(r"\[([^\]]+)\]", line)
        if header:
            section = header[1].strip()
            continue
        match = re.match(r"([^\s=:#;][^=:]*?)\s*[=:]\s*(.*)", line)
        if match:
            yield section, ProgramEntry(match[1].strip(), match[2].strip(), number)


def gcloud_properties(text: str) -> list[ProgramEntry]:
    """Keys as ``section/name``."""
    found = [ProgramEntry(f"{section}/{e.key}", e.value, e.line) for section, e in ini(text)]
    return [e for e in found if e.key.partition("/")[0] in _GCLOUD_SECTIONS or e.key in _GCLOUD_KEYS]


def pip_conf(text: str) -> list[ProgramEntry]:
    """``[global]`` and the sections of commands that download."""
    kept = [(s, e) for s, e in ini(text) if s in ("global", "install", "download") and e.key in _PIP_NAMES]
    return [e for _, e in sorted(kept, key=lambda pair: pair[0] != "global")]


def aws_config(text: str, profile: str) -> list[ProgramEntry]:
    """``ca_bundle`` of the profile in use, else of the default one as botocore does not inherit: nothing."""
    names = ("default",) if profile == "default" else (f"profile {profile}",)
    return [e for section, e in ini(text) if section in names and e.key == "ca_bundle"]


def kde_proxy(text: str) -> list[ProgramEntry]:
    """``ProxyType`` and ``Proxy Config Script`` of KDE's ``kioslaverc``."""
    return [
        e for section, e in ini(text) if section == "Proxy Settings" and e.key in ("ProxyType", "Proxy Config Script")
    ]
