"""Certificates of a cluster: an authority of its own and one certificate for each machine (mutual TLS).

Whoever holds a certificate of this authority may give the workers code to run, so the files are the
cluster's only door: keys are written for their owner alone, and the authority's key is not needed on any
machine of the cluster. X.509 as RFC 5280 profiles it; keys on the curve P-256.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from daicho import whole_file
from daicho.errors import UsageError

AUTHORITY = "authority"
DEFAULT_YEARS = 2
_NODE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,62}")
_EARLIER = timedelta(minutes=5)  # clocks of machines differ


def make(
    folder: Path, names: Iterable[str], *, hosts: Iterable[str] = (), years: int = DEFAULT_YEARS
) -> list[Path]:
    """Write the authority, unless it is there, and a certificate and key for each name; return new files.

    A key stands there before its certificate: one alone was left by a call that was killed, and is made good.
    `hosts` are further addresses of all of them; a name that is a host's or an address counts by itself.
    Raises `UsageError` for a name that cannot be a file's, or whose certificate exists already, for files of
    an authority that do not go together, and where nothing can be written.
    """
    wanted = list(dict.fromkeys(names))
    for name in wanted:
        if not _NODE_NAME.fullmatch(name) or name == AUTHORITY:
            raise UsageError(f"{name!r} cannot name a machine: letters, digits, dots and hyphens, at most 63")
        if (folder / f"{name}.pem").exists():
            raise UsageError(f"{folder / f'{name}.pem'} exists; move it away to make it anew")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{folder}: cannot be made ({error.strerror})") from None
    for name in (AUTHORITY, *wanted):  # what a killed call left half written
        for left in folder.glob(f".{name}.*.partial"):
            left.unlink(missing_ok=True)
    authority, key, written = _authority(folder, years)
    for name in wanted:
        node_key = ec.generate_private_key(ec.SECP256R1())
        certificate = _node(name, [name, *hosts], node_key, authority, key, years)
        written += _written(folder, name, certificate, node_key)
    return written


def _authority(folder: Path, years: int) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey, list[Path]]:
    """Return the authority with what was written of it; a key without certificate gets one."""
    key_path, path = folder / f"{AUTHORITY}.key", folder / f"{AUTHORITY}.pem"
    if path.exists() and not key_path.exists():
        raise UsageError(
            f"{key_path} is missing, without which nothing can be signed: bring it here, or choose an "
            "empty folder"
        )
    if not key_path.exists():
        new = ec.generate_private_key(ec.SECP256R1())
        certificate = _self_signed(new, years)
        return certificate, new, _written(folder, AUTHORITY, certificate, new)
    try:
        key = serialization.load_pem_private_key(key_path.read_bytes(), None)
        found = x509.load_pem_x509_certificate(path.read_bytes()) if path.exists() else None
    except (OSError, TypeError, ValueError) as error:
        raise UsageError(f"{folder}: the authority's files cannot be read ({type(error).__name__})") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise UsageError(f"{key_path} is no key of an authority")
    if found is None:
        found = _self_signed(key, years)
        return found, key, [_laid(path, found.public_bytes(serialization.Encoding.PEM))]
    if found.public_key() != key.public_key():
        raise UsageError(f"{folder}: the authority's key is not that of its certificate")
    return found, key, []


def _self_signed(key: ec.EllipticCurvePrivateKey, years: int) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Daicho cluster")])
    builder = _dated(x509.CertificateBuilder().subject_name(name).issuer_name(name), 5 * years)
    return (
        builder.public_key(key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def _node(
    name: str,
    hosts: Iterable[str],
    key: ec.EllipticCurvePrivateKey,
    authority: x509.Certificate,
    authority_key: ec.EllipticCurvePrivateKey,
    years: int,
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = _dated(x509.CertificateBuilder().subject_name(subject).issuer_name(authority.subject), years)
    both = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
    return (
        builder.public_key(key.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage(both), critical=False)
        .add_extension(x509.SubjectAlternativeName([_address(host) for host in hosts]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False
        )
        .sign(authority_key, hashes.SHA256())
    )


def _dated(builder: x509.CertificateBuilder, years: int) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        builder.serial_number(x509.random_serial_number())
        .not_valid_before(now - _EARLIER)
        .not_valid_after(now + timedelta(days=365 * years))
    )


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        key_cert_sign=signs,
        crl_sign=signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _address(host: str) -> x509.GeneralName:
    with suppress(ValueError):
        return x509.IPAddress(ipaddress.ip_address(host))
    return x509.DNSName(host)


def _written(
    folder: Path, name: str, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey
) -> list[Path]:
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return [
        _laid(folder / f"{name}.key", secret),
        _laid(folder / f"{name}.pem", certificate.public_bytes(serialization.Encoding.PEM)),
    ]


def _laid(path: Path, content: bytes) -> Path:
    try:
        whole_file.replace(path, content, mode=0o600 if path.suffix == ".key" else 0o644)
    except OSError as error:
        raise UsageError(f"{path}: cannot be written ({error.strerror})") from None
    return path
