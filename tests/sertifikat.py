"""A certificate of its own authority, for a server on 127.0.0.1."""

from __future__ import annotations

import datetime as dt
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


def lag_sertifikat(mappe: Path) -> Path:
    """A file with the key and the certificate, which is also what a client must trust."""
    noekkel = ec.generate_private_key(ec.SECP256R1())
    navn = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    naa = dt.datetime.now(dt.UTC)
    sertifikat = (
        x509.CertificateBuilder()
        .subject_name(navn)
        .issuer_name(navn)
        .public_key(noekkel.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(naa - dt.timedelta(days=1))
        .not_valid_after(naa + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(noekkel, hashes.SHA256())
    )
    fil = mappe / "server.pem"
    fil.write_bytes(
        noekkel.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + sertifikat.public_bytes(serialization.Encoding.PEM)
    )
    return fil
