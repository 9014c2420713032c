"""A certificate authority for one probe, and one certificate for the names of its servers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.x509 import Certificate, CertificateBuilder, KeyUsage

__all__ = ["certify"]

_DAY = dt.timedelta(days=1)


def certify(folder: Path, names: Sequence[str]) -> tuple[Path, Path]:
    """Makes certificates that are good for a day.

    Args:
        folder: Where they are kept.
        names: The servers' host names.

    Returns:
        The authority's certificate, which a client has to trust; and the servers' with its key.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
    )

    authority, server = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    issuer = _builder("keyhole probes", "keyhole probes").public_key(authority.public_key())
    root = issuer.add_extension(
        x509.BasicConstraints(ca=True, path_length=0), critical=True
    ).add_extension(_signing(), critical=True)
    leaf = (
        _builder(names[0], "keyhole probes")
        .public_key(server.public_key())
        .add_extension(x509.SubjectAlternativeName(map(x509.DNSName, names)), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.public_key()),
            critical=False,
        )
    )
    key = server.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    known = x509.SubjectKeyIdentifier.from_public_key(authority.public_key())

    def signed(certificate: CertificateBuilder) -> bytes:
        made: Certificate = certificate.sign(authority, SHA256())
        return made.public_bytes(Encoding.PEM)

    trusted, served = folder / "authority.pem", folder / "server.pem"
    trusted.write_bytes(signed(root.add_extension(known, critical=False)))
    served.write_bytes(key + signed(leaf))
    return trusted, served


def _signing() -> KeyUsage:
    """What a strict verifier wants of an authority (RFC 5280, section 4.2.1.3)."""
    from cryptography.x509 import KeyUsage

    return KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


def _builder(subject: str, issuer: str) -> CertificateBuilder:
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    def name(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name(subject))
        .issuer_name(name(issuer))
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _DAY)
        .not_valid_after(now + _DAY)
    )
