"""Files that are replaced, rewritten, gone; URLs that answer badly, slowly, or send elsewhere."""

import io
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from serving.auth.errors import KeySetError
from serving.auth.key_ring import KeyRing, RefreshPolicy, run_here
from serving.auth.key_set import MAX_BYTES
from serving.auth.key_source import FileSource, UrlSource
from tests.serving.auth.issuer import ALGORITHMS, Clock, jwk, key_set


def test_a_file_is_read_again_only_when_it_changed(tmp_path: Path) -> None:
    file = tmp_path / "jwks.json"
    file.write_bytes(b"one")
    source = FileSource(file)
    assert source.read() == b"one"
    assert source.read() is None
    (tmp_path / "next").write_bytes(b"two")
    (tmp_path / "next").replace(file)
    assert source.read() == b"two"
    file.write_bytes(b"three")
    assert source.read() == b"three"
    assert source.read() is None


def test_a_file_that_is_gone_for_a_while_is_read_when_it_is_back(tmp_path: Path) -> None:
    file, aside = tmp_path / "jwks.json", tmp_path / "aside.json"
    file.write_bytes(key_set(jwk("a")))
    clock = Clock()
    ring = KeyRing(FileSource(file), ALGORITHMS, RefreshPolicy(1, 1), run=run_here, clock=clock)
    ring.load(0)
    file.rename(aside)
    clock.now_s = 1
    assert ring.find("a") is not None
    assert str(file) in str(ring.problem)
    aside.rename(file)
    clock.now_s = 2
    assert ring.find("a") is not None
    assert ring.problem is None


def test_a_file_caught_half_written_is_read_again_when_whole(tmp_path: Path) -> None:
    file = tmp_path / "jwks.json"
    file.write_bytes(key_set(jwk("a")))
    clock = Clock()
    ring = KeyRing(FileSource(file), ALGORITHMS, RefreshPolicy(1, 1), run=run_here, clock=clock)
    ring.load(0)
    file.write_bytes(key_set(jwk("b"))[:40])
    clock.now_s = 1
    assert ring.find("a") is not None
    file.write_bytes(key_set(jwk("b")))
    clock.now_s = 2
    assert ring.find("b") is not None
    assert ring.find("a") is None


def test_a_folder_and_a_huge_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(KeySetError, match="directory"):
        FileSource(tmp_path).read()
    (tmp_path / "huge").write_bytes(b"x" * (MAX_BYTES + 1))
    with pytest.raises(KeySetError, match="larger than"):
        FileSource(tmp_path / "huge").read()


class _Issuer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "/jwks.json")
            self.end_headers()
        elif self.path == "/gone":
            self.send_error(404)
        elif self.path == "/cut":
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b"{")
        elif self.path == "/huge":
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"x" * (MAX_BYTES + 1))
        else:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"the keys")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Issuer)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_url_is_read(issuer: str) -> None:
    assert UrlSource(f"{issuer}/jwks.json", 5).read() == b"the keys"


@pytest.mark.parametrize(
    ("path", "told"), [("/moved", "HTTP status 302"), ("/gone", "HTTP status 404"), ("/huge", "larger than")]
)
def test_a_bad_answer_of_a_url_is_one_kind_of_error(issuer: str, path: str, told: str) -> None:
    with pytest.raises(KeySetError, match=told):
        UrlSource(issuer + path, 5).read()


def test_an_answer_that_is_cut_off_brings_no_keys(issuer: str) -> None:
    ring = KeyRing(UrlSource(f"{issuer}/cut", 5), ALGORITHMS, RefreshPolicy(1, 1), run=run_here)
    ring.load(0)
    assert ring.keys is None
    assert ring.problem


def test_nobody_there_is_an_error_without_the_query_of_the_url() -> None:
    with pytest.raises(KeySetError, match="refused") as caught:
        UrlSource("http://127.0.0.1:1/jwks?secret=7", 1).read()
    assert "secret" not in str(caught.value)


def test_an_issuer_that_drips_is_given_up() -> None:
    class Drip(io.RawIOBase):
        def read(self, _: int = -1) -> bytes:
            return b"x"

    with pytest.raises(KeySetError, match="not whole within 0 s"):
        UrlSource("https://issuer.example/jwks", 0, lambda *_: Drip()).read()  # type: ignore[arg-type,return-value]
