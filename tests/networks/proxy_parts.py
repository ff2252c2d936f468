"""Real proxies and servers as child processes on private ports: squid, tinyproxy, nginx, mitmproxy.

Each is a context manager; every process is stopped by its id. Nothing of the machine's own configuration is read.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

START_SECONDS = 60
USER, PASSWORD = "alice", "s3cret@!"
REALM = "corp"


class StartError(Exception):
    """A part did not come up; the text holds its log's end."""


@contextlib.contextmanager
def started(
    command: Sequence[str], ports: Sequence[int], log: Path, env: Mapping[str, str] | None = None
) -> Iterator[None]:
    """``command`` for as long as the block lasts; entered when every one of ``ports`` accepts."""
    with log.open("wb") as sink:
        process = subprocess.Popen(
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            cwd=log.parent,
            env=dict(env) if env is not None else None,
            start_new_session=True,
        )
    try:
        _until_listening(process, ports, log)
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(5)
        # Helpers of a dead squid may outlive it in its group.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(5)


def _until_listening(process: subprocess.Popen[bytes], ports: Sequence[int], log: Path) -> None:
    until = time.monotonic() + START_SECONDS
    left = list(ports)
    while left:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", left[0]), 1):
            left.pop(0)
            continue
        try:
            code = process.wait(0.05)
        except subprocess.TimeoutExpired:
            if time.monotonic() < until:
                continue
            code = None
        said = log.read_text(encoding="utf-8", errors="replace")[-2_000:]
        raise StartError(f"{Path(process.args[0]).name} ended with {code}: {said}")  # type: ignore[index]


def program(name: str) -> str:
    """The path of a system program, also where only root has it on PATH."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin:/usr/local/sbin")
    if found is None:
        raise StartError(f"{name} is not installed: run maintenance/system_packages.sh")
    return found


def free_ports(count: int) -> list[int]:
    """``count`` different ports where nothing listens now."""
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in sockets]


@contextlib.contextmanager
def squid(
    folder: Path, name: str, ports: Sequence[int], lines: Sequence[str], hosts: Mapping[str, str]
) -> Iterator[None]:
    """One squid with its own files only. Names come from ``hosts``, never from the machine's name server."""
    place = _public(folder / f"squid-{name}")
    (place / "hosts").write_text("".join(f"{address} {host}\n" for host, address in hosts.items()), encoding="utf-8")
    config = place / "squid.conf"
    base = [
        f"hosts_file {place / 'hosts'}",
        "dns_nameservers 127.0.0.1",
        "dns_timeout 1 seconds",
        "dns_retransmit_interval 1 seconds",
        "connect_timeout 2 seconds",
        "forward_timeout 3 seconds",
        "connect_retries 0",
        "shutdown_lifetime 1 seconds",
        f"pid_filename {place / 'squid.pid'}",
        f"coredump_dir {place}",
        "cache deny all",
        "cache_mem 8 MB",
        "access_log none",
        f"cache_log {place / 'cache.log'}",
        "logfile_rotate 0",
        f"visible_hostname {name}.proxy.test",
        "pinger_enable off",
        "netdb_filename none",
        "max_filedescriptors 1024",
        "workers 1",
    ]
    config.write_text("\n".join([*base, *lines]) + "\n", encoding="utf-8")
    command = [program("squid"), "-N", "-n", f"lab{os.getpid()}{name}", "-f", str(config)]
    with started(command, ports, place / "out.log"):
        yield


def basic_scheme(folder: Path) -> list[str]:
    """squid's lines for Basic with one user."""
    place = _public(folder / "basic-users")
    users = place / "users"
    subprocess.run([program("htpasswd"), "-bc", str(users), USER, PASSWORD], check=True, capture_output=True)
    users.chmod(0o644)
    return [f"auth_param basic program /usr/lib/squid/basic_ncsa_auth {users}", f"auth_param basic realm {REALM}"]


def digest_scheme(folder: Path) -> list[str]:
    """squid's lines for Digest with one user."""
    users = _public(folder / "digest-users") / "users"
    hashed = hashlib.md5(f"{USER}:{REALM}:{PASSWORD}".encode()).hexdigest()
    users.write_text(f"{USER}:{REALM}:{hashed}\n", encoding="utf-8")
    users.chmod(0o644)
    return [f"auth_param digest program /usr/lib/squid/digest_file_auth -c {users}", f"auth_param digest realm {REALM}"]


def ntlm_scheme() -> list[str]:
    """squid's lines for NTLM: a real handshake that lets everybody in."""
    return ["auth_param ntlm program /usr/lib/squid/ntlm_fake_auth", "auth_param ntlm children 3"]


#: mitmproxy's own way to give private host names an address.
_NAMES = """def server_connect(data):
    host, port = data.server.address
    if host.endswith(".test"):
        data.server.address = ("127.0.0.1", port)
"""
ALLOW_AUTHED = ["acl authed proxy_auth REQUIRED", "http_access allow authed", "http_access deny all"]


@contextlib.contextmanager
def certificate_store(folder: Path) -> Iterator[Path]:
    """The database in which squid keeps the certificates it makes for inspection."""
    place = _public(folder / "made-certificates")
    store = place / "store"
    subprocess.run(
        ["/usr/lib/squid/security_file_certgen", "-c", "-s", str(store), "-M", "4MB"], check=True, capture_output=True
    )
    if os.geteuid() == 0:
        shutil.chown(place, "proxy", "proxy")
        for path in (store, *store.rglob("*")):
            shutil.chown(path, "proxy", "proxy")
    yield store


@contextlib.contextmanager
def tinyproxy(folder: Path, name: str, port: int, lines: Sequence[str]) -> Iterator[None]:
    """One tinyproxy."""
    place = _public(folder / f"tinyproxy-{name}")
    config = place / "tinyproxy.conf"
    config.write_text("\n".join([f"Port {port}", "Listen 127.0.0.1", "Timeout 20", *lines]) + "\n", encoding="utf-8")
    with started([program("tinyproxy"), "-d", "-c", str(config)], [port], place / "out.log"):
        yield


@contextlib.contextmanager
def nginx(folder: Path, ports: Sequence[int], servers: Sequence[str]) -> Iterator[None]:
    """One nginx with these ``server`` blocks."""
    place = _public(folder / "nginx")
    temporary = "".join(
        f"  {kind}_temp_path {place}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    config = place / "nginx.conf"
    user = "user root;\n" if os.geteuid() == 0 else ""
    config.write_text(
        f"{user}daemon off;\nworker_processes 1;\npid {place}/nginx.pid;\nerror_log {place}/error.log;\n"
        "events { worker_connections 256; }\n"
        f"http {{\n  access_log off;\n{temporary}  client_max_body_size 20m;\n" + "\n".join(servers) + "\n}\n",
        encoding="utf-8",
    )
    command = [program("nginx"), "-p", str(place), "-e", str(place / "error.log"), "-c", str(config)]
    with started(command, ports, place / "out.log"):
        yield


@contextlib.contextmanager
def mitmproxy(python: Path, folder: Path, name: str, port: int, upstream_ca: Path, *options: str) -> Iterator[Path]:
    """One mitmdump; yields the PEM file of the CA that it made for itself."""
    place = _public(folder / f"mitmproxy-{name}")
    addon = place / "names.py"
    addon.write_text(_NAMES, encoding="utf-8")
    settings = [f"confdir={place}", f"ssl_verify_upstream_trusted_ca={upstream_ca}", "flow_detail=0"]
    main = "from mitmproxy.tools.main import mitmdump; mitmdump()"
    command = [str(python), "-c", main, "--mode", f"regular@127.0.0.1:{port}", "--quiet", "-s", str(addon), *options]
    for setting in settings:
        command += ["--set", setting]
    env = {"PATH": os.environ["PATH"], "HOME": str(place)}
    with started(command, [port], place / "out.log", env):
        yield place / "mitmproxy-ca-cert.pem"


def _public(place: Path) -> Path:
    """A folder that squid's own user may enter and write."""
    place.mkdir(parents=True, exist_ok=True)
    place.chmod(0o777)
    return place
