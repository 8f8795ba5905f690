"""A certificate for a server that others may reach, made by itself and kept in its data folder.

Clients trust this very certificate: they read it from the data folder, or are given a copy.
"""

from __future__ import annotations

import ipaddress
import os
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from multiplane.contract.data_folder import DataFolder

if TYPE_CHECKING:
    from cryptography.x509 import GeneralName

_VALID = timedelta(days=820)
_RENEW_BEFORE = timedelta(days=30)


def ensure_certificate(data: DataFolder, names: list[str]) -> tuple[Path, Path, list[str]]:
    """Certificate and key for `names`, this computer's own name, and the loopback.

    Made anew when there is none, when it ends soon, or when it lacks a name. Returns both files,
    and the names and addresses in it.
    """
    own = [socket.gethostname(), "localhost", "127.0.0.1"]
    wanted = list(dict.fromkeys([*names, *own]))
    certificate, key = data.certificate, data.root / "certificate-key.pem"
    if not (key.is_file() and certificate.is_file() and _good(certificate, wanted)):
        _make(certificate, key, wanted)
    return certificate, key, wanted


def _good(path: Path, wanted: list[str]) -> bool:
    from cryptography import x509

    try:
        read = x509.load_pem_x509_certificate(path.read_bytes())
        found = read.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (OSError, ValueError, x509.ExtensionNotFound):
        return False
    names = {str(name) for name in found.get_values_for_type(x509.DNSName)}
    names |= {str(address) for address in found.get_values_for_type(x509.IPAddress)}
    late = datetime.now(UTC) + _RENEW_BEFORE
    return set(wanted) <= names and read.not_valid_after_utc > late


def _make(certificate: Path, key: Path, wanted: list[str]) -> None:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    secret = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Multiplane server")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(secret.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + _VALID)
        .add_extension(
            x509.SubjectAlternativeName([_name(name) for name in wanted]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(secret, hashes.SHA256())
    )
    text = secret.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    key.unlink(missing_ok=True)
    handle = os.open(key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as stream:
        stream.write(text)
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))


def _name(text: str) -> GeneralName:
    from cryptography import x509

    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)
