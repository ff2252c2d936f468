"""The laboratory: a gateway, its TLS front ends, and every proxy that the networks of ``networks.yaml`` name."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import proxy_parts as parts
from cryptography import x509
from loopback_network import DAY, NOW, Authority, black_hole, closed_port, never_answer, saying, serving

from mcp_server.lab.anthropic import AnthropicEmulator
from mcp_server.lab.serve import running

HOST = "gateway.test"
OTHER = "other.test"


@dataclass
class Lab:
    """What runs. ``values`` fills the placeholders of the table: ports, files, URLs."""

    folder: Path
    emulator: AnthropicEmulator
    values: dict[str, str] = field(default_factory=dict)

    def fill(self, text: str) -> str:
        """``text`` with every ``{name}`` replaced."""
        for name, value in self.values.items():
            text = text.replace(f"{{{name}}}", value)
        return text


@contextlib.contextmanager
def laboratory(tools: Path) -> Iterator[Lab]:
    """Everything at once, on ports of the kernel's choice; gone at the end."""
    folder = Path(tempfile.mkdtemp(prefix="networks-"))
    folder.chmod(0o755)
    try:
        with contextlib.ExitStack() as stack:
            emulator = AnthropicEmulator()
            lab = Lab(folder, emulator)
            gateway = stack.enter_context(running(emulator)).rpartition(":")[2]
            lab.values |= {"gateway": gateway, "closed": str(closed_port()), "home_ca": "/nonexistent"}
            corporate, inspection = (
                Authority(folder / "ca", "Corp Root CA"),
                Authority(folder / "bump", "Corp Proxy CA"),
            )
            _files(lab, corporate, inspection)
            _front_ends(lab, stack, corporate, gateway)
            _squids(lab, stack, corporate, inspection)
            _others(lab, stack, corporate, tools)
            stack.enter_context(_dead_ends(lab))
            lab.values["hole"] = str(stack.enter_context(black_hole()))
            yield lab
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _files(lab: Lab, corporate: Authority, inspection: Authority) -> None:
    """CA files good and bad, and a client certificate."""
    client = corporate.issue("alice.test", label="client")
    ended = corporate.issue("alice.test", label="client-ended", until=NOW - DAY)
    damaged, empty = lab.folder / "damaged.pem", lab.folder / "empty.pem"
    damaged.write_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", encoding="utf-8")
    empty.write_bytes(b"")
    lab.values |= {
        "ca": str(corporate.pem),
        "inspection_ca": str(inspection.pem),
        "inspection_der": str(inspection.der),
        "damaged_ca": str(damaged),
        "empty_ca": str(empty),
        "client": str(client.certificate),
        "client_key": str(client.key),
        "ended_client": str(ended.certificate),
        "ended_client_key": str(ended.key),
    }


def _front_ends(lab: Lab, stack: contextlib.ExitStack, corporate: Authority, gateway: str) -> None:
    """nginx in front of the gateway: one TLS port per kind of certificate."""
    names = (HOST, OTHER, "127.0.0.1", "localhost")
    kinds = {
        "tls": corporate.issue(*names, label="good"),
        "expired": corporate.issue(*names, until=NOW - DAY, label="expired"),
        "wrong_name": corporate.issue("elsewhere.test", label="wrong"),
        "self_signed": corporate.issue(*names, self_signed=True, label="self"),
        "mtls": corporate.issue(*names, label="mtls"),
    }
    lab.values["self_signed_ca"] = str(kinds["self_signed"].certificate)
    ports = parts.free_ports(len(kinds))
    servers = []
    for (kind, issued), port in zip(kinds.items(), ports, strict=True):
        lab.values[kind] = str(port)
        wanted = f"ssl_client_certificate {corporate.pem}; ssl_verify_client on;" if kind == "mtls" else ""
        servers.append(
            f"  server {{ listen 127.0.0.1:{port} ssl; ssl_certificate {issued.certificate}; "
            f"ssl_certificate_key {issued.key}; {wanted}\n"
            f"    location / {{ proxy_pass http://127.0.0.1:{gateway}; proxy_buffering off; "
            "proxy_http_version 1.1; proxy_set_header Connection ''; } }"
        )
    stack.enter_context(parts.nginx(lab.folder, ports, servers))


def _squids(lab: Lab, stack: contextlib.ExitStack, corporate: Authority, inspection: Authority) -> None:
    hosts = {HOST: "127.0.0.1", OTHER: "127.0.0.1", "looping.test": "127.0.0.1"}
    plain, deny, bump, secure = parts.free_ports(4)
    proxy_certificate = _joined(corporate.issue("127.0.0.1", "proxy.test", label="proxy"), lab.folder / "proxy.pem")
    signing = _joined_authority(inspection, lab.folder / "bump" / "signing.pem")
    store = stack.enter_context(parts.certificate_store(lab.folder))
    mixed = [
        f"http_port 127.0.0.1:{plain} name=plain",
        f"http_port 127.0.0.1:{deny} name=deny",
        f"http_port 127.0.0.1:{bump} name=bump ssl-bump tls-cert={signing} generate-host-certificates=on "
        "dynamic_cert_mem_cache_size=4MB",
        f"https_port 127.0.0.1:{secure} name=secure tls-cert={proxy_certificate}",
        f"sslcrtd_program /usr/lib/squid/security_file_certgen -s {store} -M 4MB",
        "sslcrtd_children 2 startup=1 idle=1",
        "acl on_deny myportname deny",
        "acl on_bump myportname bump",
        "acl step1 at_step SslBump1",
        "ssl_bump peek on_bump step1",
        "ssl_bump bump on_bump",
        "ssl_bump splice all",
        f"tls_outgoing_options cafile={corporate.pem}",
        "acl ours dstdomain .test localhost 127.0.0.1",
        "http_access deny on_deny",
        "http_access allow ours",
        "acl unknown dstdomain .unknown-inside",
        "http_access allow unknown",
        "http_access deny all",
    ]
    stack.enter_context(parts.squid(lab.folder, "mixed", [plain, deny, bump, secure], mixed, hosts))
    lab.values |= {"squid": str(plain), "squid_deny": str(deny), "squid_bump": str(bump), "squid_tls": str(secure)}
    schemes = {
        "basic": parts.basic_scheme(lab.folder),
        "digest": parts.digest_scheme(lab.folder),
        "ntlm": parts.ntlm_scheme(),
        "negotiate": ["auth_param negotiate program /usr/lib/squid/ntlm_fake_auth"],
    }
    for (scheme, lines), port in zip(schemes.items(), parts.free_ports(len(schemes)), strict=True):
        config = [f"http_port 127.0.0.1:{port}", *lines, *parts.ALLOW_AUTHED]
        stack.enter_context(parts.squid(lab.folder, scheme, [port], config, hosts))
        lab.values[f"squid_{scheme}"] = str(port)


def _others(lab: Lab, stack: contextlib.ExitStack, corporate: Authority, tools: Path) -> None:
    tiny, strict, plain, asking = parts.free_ports(4)
    login = f"BasicAuth {parts.USER} {parts.PASSWORD.replace('@!', '')}"
    parent = f"Upstream http 127.0.0.1:{lab.values['squid']}"
    stack.enter_context(parts.tinyproxy(lab.folder, "basic", tiny, [login, parent]))
    stack.enter_context(parts.tinyproxy(lab.folder, "strict", strict, ["ConnectPort 443"]))
    ca = stack.enter_context(parts.mitmproxy(tools, lab.folder, "plain", plain, corporate.pem))
    stack.enter_context(
        parts.mitmproxy(tools, lab.folder, "asking", asking, corporate.pem, "--proxyauth", "alice:s3cret")
    )
    lab.values |= {
        "tinyproxy": str(tiny),
        "tinyproxy_strict": str(strict),
        "mitmproxy": str(plain),
        "mitmproxy_login": str(asking),
        "mitmproxy_ca": str(ca),
        "mitmproxy_login_ca": str(ca.parent.parent / "mitmproxy-asking" / ca.name),
    }


@contextlib.contextmanager
def _dead_ends(lab: Lab) -> Iterator[None]:
    """Ports that answer wrongly or never, in an event loop of their own."""
    ready = threading.Event()
    loop: list[asyncio.AbstractEventLoop] = []
    done = asyncio.Event()

    async def serve() -> None:
        loop.append(asyncio.get_running_loop())
        portal = b"HTTP/1.1 302 Found\r\nLocation: https://login.corp.test/hello\r\nContent-Length: 0\r\n\r\n"
        banner = b"SSH-2.0-OpenSSH_9.2\r\n"
        circle = b"HTTP/1.1 508 Loop Detected\r\nVia: 1.1 proxy-a, 1.1 proxy-a\r\nContent-Length: 0\r\n\r\n"

        async def greets(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(banner)
            await writer.drain()

        async def hangs_up(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
            await reader.read(1)

        async with contextlib.AsyncExitStack() as stack:
            for name, handler in {
                "silent": never_answer,
                "ssh": greets,
                "closing": hangs_up,
                "portal": saying(portal),
                "loop": saying(circle),
            }.items():
                lab.values[name] = str(await stack.enter_async_context(serving(handler)))
            ready.set()
            await done.wait()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    assert ready.wait(10)
    try:
        yield
    finally:
        loop[0].call_soon_threadsafe(done.set)
        thread.join(5)


def _joined(issued: object, place: Path) -> Path:
    """Certificate and key in one file, as squid wants them."""
    certificate, key = issued.certificate, issued.key  # type: ignore[attr-defined]
    place.write_bytes(certificate.read_bytes() + key.read_bytes())
    place.chmod(0o644)
    return place


def _joined_authority(authority: Authority, place: Path) -> Path:
    place.write_bytes(authority.pem.read_bytes() + authority.key_pem)
    place.chmod(0o644)
    assert x509.load_pem_x509_certificate(authority.pem.read_bytes())
    return place
