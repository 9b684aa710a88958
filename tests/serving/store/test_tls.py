"""libpq, as the store opens it, talks to a server only if its certificate is what the settings ask for."""

import socket
import ssl
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from configs.settings import StoreSettings
from serving.store.database import StoreAwayError, migrate_database

SSL_REQUEST = 80_877_103
REFUSAL = b"SFATAL\0C28000\0Mthe trial server lets nobody in\0\0"


class Authority:
    """A certificate authority of one test."""

    def __init__(self, folder: Path, name: str) -> None:
        self._folder, self._name = folder, name
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        made = self._build(self._subject, self._key.public_key()).add_extension(x509.BasicConstraints(True, 0), True)
        self.root = folder / f"{name}.pem"
        self.root.write_bytes(made.sign(self._key, SHA256()).public_bytes(Encoding.PEM))

    def server(self, host: str) -> Path:
        """Return a file with the key and the certificate of a host."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
        names = x509.SubjectAlternativeName([x509.DNSName(host)])
        made = self._build(subject, key.public_key()).add_extension(names, False).sign(self._key, SHA256())
        file = self._folder / f"{self._name}-{host}.pem"
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        file.write_bytes(private + made.public_bytes(Encoding.PEM))
        return file

    def _build(self, subject: x509.Name, public: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._subject)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(hours=1))
        )


@contextmanager
def trial_server(certificate: Path | None) -> Iterator[tuple[int, list[bytes]]]:
    """Answer as PostgreSQL does up to the start-up message, then refuse; yields the port and the messages that came."""
    came: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_answer, args=(listener, certificate, came), daemon=True)
        thread.start()
        yield listener.getsockname()[1], came
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(5)


def _answer(listener: socket.socket, certificate: Path | None, came: list[bytes]) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection:
            try:
                _speak(connection, certificate, came)
            except OSError:
                continue


def _speak(connection: socket.socket, certificate: Path | None, came: list[bytes]) -> None:
    first = connection.recv(8)
    if struct.unpack("!ii", first) != (8, SSL_REQUEST):
        came.append(first + connection.recv(4_096))
        return
    if certificate is None:
        connection.sendall(b"N")
        return
    connection.sendall(b"S")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with context.wrap_socket(connection, server_side=True) as secured:
        came += filter(None, [secured.recv(4_096)])
        secured.sendall(b"E" + struct.pack("!i", len(REFUSAL) + 4) + REFUSAL)


def opened(port: int, host: str, mode: str, root: Path | None) -> str:
    """Return what opening the store by these settings says; the trial server always refuses in the end."""
    url = f"postgresql://service:secret@{host}:{port}/design?hostaddr=127.0.0.1"
    settings = StoreSettings(url=url, ssl_mode=mode, ssl_root_cert=root)  # type: ignore[arg-type]
    with pytest.raises(StoreAwayError) as refused:
        migrate_database(settings.secured_url or "")
    assert "secret" not in str(refused.value)
    return str(refused.value)


def test_the_server_of_a_trusted_authority_is_talked_to(tmp_path: Path) -> None:
    authority = Authority(tmp_path, "ours")
    with trial_server(authority.server("db.example.com")) as (port, came):
        assert "the trial server lets nobody in" in opened(port, "db.example.com", "verify-full", authority.root)
    assert b"design" in came[0]


@pytest.mark.parametrize(
    ("host", "trusted", "told"),
    [
        ("db.example.com", "theirs", "certificate verify failed"),
        ("other.example.com", "ours", 'does not match host name "other.example.com"'),
        ("db.example.com", "none", "does not exist"),
    ],
    ids=["another authority", "another host", "no file"],
)
def test_any_other_server_hears_nothing(tmp_path: Path, host: str, trusted: str, told: str) -> None:
    authorities = {name: Authority(tmp_path, name) for name in ("ours", "theirs")}
    root = authorities[trusted].root if trusted in authorities else tmp_path / "none.pem"
    with trial_server(authorities["ours"].server("db.example.com")) as (port, came):
        assert told in opened(port, host, "verify-full", root)
    assert came == []


def test_a_server_without_tls_hears_nothing(tmp_path: Path) -> None:
    with trial_server(None) as (port, came):
        assert "server does not support SSL" in opened(port, "db.example.com", "require", None)
    assert came == []
