"""TLS trust for every connection: system store, the public roots, and the CA files of the route. Never switched off."""

from __future__ import annotations

import ssl
import sys
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import lru_cache
from pathlib import Path

from mcp_server import redact
from mcp_server.net.route import NetFailure, Route

MAX_CA_BYTES = 20_000_000
#: Where Debian, Red Hat, SUSE and Alpine/macOS keep the system's bundle.
_BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)


@dataclass(frozen=True)
class CaFault:
    """Why a CA file adds no trust, and the command or edit that cures it."""

    problem: str
    fix: str


def check_ca_file(path: str) -> CaFault | None:
    """``None`` when ``path`` is a readable PEM file with at least one certificate, else what is wrong with it."""
    shown = redact.quote(path, 200)
    if path.startswith("~"):
        return CaFault(f"{shown} starts with ~, which no program expands in a variable", "Write the whole path.")
    try:
        file = Path(path)
        if file.is_dir():
            return CaFault(f"{shown} is a folder, not a file", "Name the PEM file itself.")
        if not file.is_file():
            return CaFault(f"{shown} does not exist", "Correct the path; programs skip a missing CA file silently.")
        if file.stat().st_size > MAX_CA_BYTES:
            return CaFault(f"{shown} is larger than {MAX_CA_BYTES:,} bytes", "Name a PEM bundle.")
        data = file.read_bytes()
    except PermissionError:
        return CaFault(f"{shown} cannot be read: permission denied", "Make it readable (chmod a+r); a CA is no secret.")
    except (OSError, ValueError):
        return CaFault(f"{shown} cannot be opened", "Correct the path.")
    return _check_content(shown, data)


def _check_content(shown: str, data: bytes) -> CaFault | None:
    if not data.strip():
        return CaFault(f"{shown} is empty", "Export the CA certificate again, in PEM form.")
    if b"-----BEGIN CERTIFICATE-----" in data or b"-----BEGIN TRUSTED CERTIFICATE-----" in data:
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=data.decode("ascii", "ignore"))
        except (ssl.SSLError, ValueError):
            return CaFault(f"{shown} holds a damaged certificate", "Export the CA certificate again, in PEM form.")
        return None
    if data[:1] == b"\x30":
        if b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02" in data[:40]:
            convert = "openssl pkcs7 -inform DER -print_certs -in FILE -out ca.pem"
            return CaFault(f"{shown} is PKCS#7, not PEM", f"Convert it: {convert}")
        return CaFault(f"{shown} is in DER form, not PEM", "Convert it: openssl x509 -inform DER -in FILE -out ca.pem")
    if b"-----BEGIN PKCS7-----" in data:
        return CaFault(f"{shown} is PKCS#7", "Convert it: openssl pkcs7 -print_certs -in FILE -out ca.pem")
    if b"PRIVATE KEY-----" in data:
        return CaFault(f"{shown} holds a private key and no certificate", "Name the CA certificate instead.")
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return CaFault(f"{shown} is UTF-16 text", "Save it as plain ASCII (PowerShell: Out-File -Encoding ascii).")
    return CaFault(f"{shown} holds no PEM certificate", "A PEM file has a line -----BEGIN CERTIFICATE-----.")


def system_bundle() -> str:
    """The file in which this system keeps its CAs, for commands that people type; else Debian's place."""
    return next((place for place in _BUNDLES if Path(place).is_file()), _BUNDLES[0])


def client_context(route: Route) -> ssl.SSLContext:
    """Verifying TLS context of ``route``. Like Claude Code it trusts the stores of the route *and* its CA files.

    A CA file that cannot be used adds nothing, exactly as in the client; ``check_ca_file`` says so. Raises
    NetFailure for a client certificate or key that cannot be loaded.
    """
    ca_files = tuple(path for path in (route.ca_file, *route.extra_ca_files) if path)
    files = (*ca_files, route.client_certificate, route.client_key)
    pair = (route.client_certificate, route.client_key, route.client_key_passphrase)
    return _context(ca_files, route.stores, pair, _ages(files))


def program_context(stores: tuple[str, ...], ca_files: tuple[str, ...]) -> ssl.SSLContext:
    """Verifying context with exactly these stores (``bundled``, ``system``) and files, for predicting a program."""
    return _context(ca_files, stores, (None, None, ""), _ages(ca_files))


@dataclass(frozen=True)
class ClientFault:
    """What is wrong with a client certificate that can be loaded."""

    problem: str
    fix: str


def check_client_certificate(path: str) -> ClientFault | None:
    """``None`` while the certificate in ``path`` is valid; an expired one is refused by every server."""
    from mcp_server.net.tls import read_certificate

    try:
        text = Path(path).read_text(encoding="ascii", errors="ignore")
        start = text.index("-----BEGIN CERTIFICATE-----")
        end = text.index("-----END CERTIFICATE-----", start)
        found = read_certificate(ssl.PEM_cert_to_DER_cert(f"{text[start:end]}-----END CERTIFICATE-----"))
    except (OSError, ValueError):
        return None
    if found is None:
        return None
    now = datetime.now(timezone.utc)
    if found.not_after < now:
        said = f"the client certificate {redact.quote(path, 200)} ended on {found.not_after:%Y-%m-%d}"
        return ClientFault(said, "Get a new one; Claude Code reads the files anew at its next start.")
    if found.not_before > now:
        said = f"the client certificate {redact.quote(path, 200)} is valid only from {found.not_before:%Y-%m-%d} on"
        return ClientFault(said, "Check this machine's clock.")
    return None


@lru_cache(maxsize=16)
def _context(
    ca_files: tuple[str, ...],
    stores: tuple[str, ...],
    pair: tuple[str | None, str | None, str],
    _ages: tuple[int, ...],
) -> ssl.SSLContext:
    """Reading the stores takes about 50 ms, so a context is kept until one of its files changes.

    Not ``ssl.create_default_context``: that obeys this process's ``SSL_CERT_FILE``, which Claude Code ignores when a
    settings file set it, and from Python 3.13 on it refuses corporate CAs that the client accepts.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    if "system" in stores:
        _add_system_roots(context)
    if "bundled" in stores:
        _add_public_roots(context)
    for path in ca_files:
        if check_ca_file(path) is None:
            context.load_verify_locations(cafile=path)
    load_client_certificate(context, *pair)
    return context


def _ages(files: tuple[str | None, ...]) -> tuple[int, ...]:
    found = []
    for file in files:
        try:
            found.append(Path(file).stat().st_mtime_ns if file else 0)
        except (OSError, ValueError):
            found.append(-1)
    return tuple(found)


def load_client_certificate(
    context: ssl.SSLContext, certificate: str | None, key: str | None, passphrase: str = ""
) -> None:
    """Give ``context`` the client certificate, if there is one."""
    if not certificate:
        return
    shown = redact.quote(certificate, 200)
    try:
        # An empty passphrase keeps OpenSSL from asking at the terminal for an encrypted key.
        context.load_cert_chain(certificate, key, password=lambda: passphrase)
    except FileNotFoundError:
        missing = key if key and Path(certificate).exists() else certificate
        raise NetFailure(
            "tls", "tls_ca_setting_ineffective", f"the client certificate file {redact.quote(missing, 200)} is missing"
        ) from None
    except (ssl.SSLError, OSError, ValueError) as failure:
        reason = getattr(failure, "reason", None)
        if reason == "KEY_VALUES_MISMATCH":
            detail = f"the client key does not belong to the client certificate {shown}"
        else:
            detail = f"the client certificate {shown} or its key cannot be loaded: PEM is needed, and " + (
                "CLAUDE_CODE_CLIENT_KEY_PASSPHRASE must fit the key"
                if passphrase
                else "an encrypted key needs CLAUDE_CODE_CLIENT_KEY_PASSPHRASE"
            )
        raise NetFailure("tls", "tls_ca_setting_ineffective", detail) from None


def _add_system_roots(context: ssl.SSLContext) -> None:
    """The store of the operating system, whatever ``SSL_CERT_FILE`` says here."""
    if sys.platform == "win32":
        context.load_default_certs()
        return
    paths = ssl.get_default_verify_paths()
    for place in (paths.openssl_cafile, *_BUNDLES):
        if place and Path(place).is_file():
            with suppress(ssl.SSLError, OSError):
                context.load_verify_locations(cafile=place)
                break
    if paths.openssl_capath and Path(paths.openssl_capath).is_dir():
        context.load_verify_locations(capath=paths.openssl_capath)


def _add_public_roots(context: ssl.SSLContext) -> None:
    """Mozilla's roots, which Claude Code carries inside."""
    import certifi

    context.load_verify_locations(cafile=certifi.where())
