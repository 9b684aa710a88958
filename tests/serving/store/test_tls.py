"""libpq, as the store opens it, talks to a server only if its certificate is what the settings ask for."""

import socket
import ssl
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from configs.settings import StoreSettings
from serving.store.database import StoreAwayError, migrate_database
from tests.certificates import Authority

SSL_REQUEST = 80_877_103
REFUSAL = b"SFATAL\0C28000\0Mthe trial server lets nobody in\0\0"


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
