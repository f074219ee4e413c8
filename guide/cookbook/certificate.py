"""A certificate for this machine, made for one recording and trusted by nobody else: the flows are recorded over https."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

_NAMES = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
_USAGE = (
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)


@dataclass(frozen=True)
class Certificate:
    """What both sides of a connection need.

    Args:
        file: the certificate, for whoever reads `SSL_CERT_FILE`.
        server: speaks https with it.
        client: trusts it, and nothing else.
    """

    file: Path
    server: ssl.SSLContext
    client: ssl.SSLContext


def certificate(folder: Path) -> Certificate:
    """Make a certificate for the loopback addresses that is valid for a day; its files go into the folder."""
    key = ec.generate_private_key(ec.SECP256R1())
    file, key_file = folder / "certificate.pem", folder / "key.pem"
    file.write_bytes(_self_signed(key).public_bytes(Encoding.PEM))
    key_file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(file, key_file)
    return Certificate(file, server, ssl.create_default_context(cafile=file))


def _self_signed(key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a recording of the cookbook")])
    now, public = datetime.datetime.now(tz=datetime.UTC), key.public_key()
    usage = x509.KeyUsage(
        digital_signature=True, key_cert_sign=True, **dict.fromkeys(_USAGE, False)
    )
    return (
        x509.CertificateBuilder(
            name,
            name,
            public,
            x509.random_serial_number(),
            now - datetime.timedelta(1),
            now + datetime.timedelta(1),
        )
        .add_extension(x509.SubjectAlternativeName(_NAMES), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(public), critical=False)
        .sign(key, hashes.SHA256())
    )
