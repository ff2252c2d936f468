"""Certificates of the laboratory: an authority of its own for each set-up, nothing that outlives its folder."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Issued:
    """A certificate with its key in one PEM file; ``chain`` tells whether the intermediates are in it too."""

    file: Path

    def server_context(self) -> ssl.SSLContext:
        """What a server needs to show this certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.file)
        return context


class Authority:
    """A certificate authority; ``parent`` makes it an intermediate one."""

    def __init__(self, folder: Path, name: str = "Laboratory Root CA", parent: Authority | None = None) -> None:
        self._folder, self._parent = folder, parent
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.name = _name(name)
        signer = parent or self
        builder = _builder(self.name, signer.name, self._key, -_DAY, 30 * _DAY)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        self.certificate = builder.sign(signer._key, hashes.SHA256())
        self.file = folder / f"{name.lower().replace(' ', '-')}.pem"
        self.file.write_bytes(self.pem)

    @property
    def pem(self) -> bytes:
        """The authority's own certificate."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def issue(
        self, *names: str, begins: timedelta = -_DAY, ends: timedelta = 20 * _DAY, with_chain: bool = True
    ) -> Issued:
        """A server (or client) certificate for ``names``, valid from now + ``begins`` to now + ``ends``."""
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _builder(_name(names[0]), self.name, key, begins, ends)
        alternatives = x509.SubjectAlternativeName([_general(name) for name in names])
        certificate = builder.add_extension(alternatives, critical=False).sign(self._key, hashes.SHA256())
        return self._written(names[0], key, certificate, with_chain)

    def _written(self, name: str, key: ec.EllipticCurvePrivateKey, own: x509.Certificate, with_chain: bool) -> Issued:
        file = self._folder / f"{name}-{own.serial_number:x}.pem"
        parts = [
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            ),
            own.public_bytes(serialization.Encoding.PEM),
        ]
        if with_chain and self._parent is not None:
            parts.append(self.pem)
        file.write_bytes(b"".join(parts))
        file.chmod(0o600)
        return Issued(file)


def self_signed(folder: Path, *names: str) -> Issued:
    """A certificate that is its own issuer."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name(names[0])
    builder = _builder(name, name, key, -_DAY, 20 * _DAY)
    builder = builder.add_extension(x509.SubjectAlternativeName([_general(n) for n in names]), critical=False)
    file = folder / f"self-signed-{names[0]}.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(private + builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    file.chmod(0o600)
    return Issued(file)


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, begins: timedelta, ends: timedelta
) -> x509.CertificateBuilder:
    now = datetime.now(timezone.utc)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
    return builder.serial_number(x509.random_serial_number()).not_valid_before(now + begins).not_valid_after(now + ends)
