"""Notices over real HTTP and SMTP on this machine; dead addresses are told of and hold up nothing."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import SimpleNamespace
from typing import Any

import pytest

from configs import load_settings
from configs.notify_settings import NotifySettings
from flows.notify import Delivery, Level, Notice, Notifier, on_failure, without_secrets

PAGE = Notice("accuracy below 95 %", "risk_analyzer: **0.91** of 300", Level.PAGE)


class Hook(HTTPServer):
    """A webhook that keeps what it was sent."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.got: list[dict[str, Any]] = []
        self.status = 200

    @property
    def url(self) -> str:
        return f"json://user:secret@127.0.0.1:{self.server_port}/hooks/team"


class _Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        server: Any = self.server
        server.got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(server.status)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def hook() -> Iterator[Hook]:
    with Hook() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def notifier(*urls: str, page: tuple[str, ...] = (), **more: Any) -> Notifier:
    return Notifier(NotifySettings(urls=urls, page_urls=page, timeout_s=2.0, **more))


def dead_url() -> str:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        return f"json://someone:hunter2@127.0.0.1:{taken.getsockname()[1]}/x"


def test_a_webhook_gets_title_body_and_level(hook: Hook) -> None:
    assert notifier(hook.url).tell(PAGE) == Delivery(1)
    (got,) = hook.got
    assert (got["title"], got["type"]) == ("accuracy below 95 %", "failure")
    assert "0.91" in got["message"]


def test_only_pages_go_to_pagers_and_no_address_hears_twice(hook: Hook) -> None:
    both = notifier(hook.url, page=(hook.url,))
    assert both.tell(PAGE) == Delivery(1)
    pager = notifier(page=(hook.url,))
    assert pager.tell(Notice("weekly report", "fine")) == Delivery(0)
    assert pager.tell(PAGE) == Delivery(1)
    assert len(hook.got) == 2


def test_a_dead_or_refusing_address_holds_up_nobody_and_shows_no_secret(
    hook: Hook, caplog: pytest.LogCaptureFixture
) -> None:
    dead = dead_url()
    assert notifier(dead, "nonsense://x", hook.url).tell(PAGE) == Delivery(1, ("json://127.0.0.1", "nonsense://x"))
    hook.status = 500
    assert notifier(hook.url).tell(PAGE).failed == ("json://127.0.0.1",)
    assert "hunter2" not in caplog.text
    assert "secret" not in caplog.text


def test_an_exception_while_sending_is_a_failed_delivery() -> None:
    def broken(url: str, notice: Notice) -> bool:
        raise RuntimeError("no network")

    settings = NotifySettings(urls=("json://a",))
    assert Notifier(settings, broken).tell(PAGE) == Delivery(0, ("json://a",))


class MailServer(threading.Thread):
    """Speaks enough SMTP for one mail and keeps it."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.mail = ""

    def run(self) -> None:
        connection, _ = self._socket.accept()
        with connection, connection.makefile("rwb") as stream:
            self._converse(stream)
        self._socket.close()

    def _converse(self, stream: Any) -> None:
        def say(line: str) -> None:
            stream.write(f"{line}\r\n".encode())
            stream.flush()

        say("220 here")
        while line := stream.readline().decode().strip():
            if line.upper() == "DATA":
                say("354 go on")
                lines = []
                while (part := stream.readline().decode().rstrip("\r\n")) != ".":
                    lines.append(part)
                self.mail = "\n".join(lines)
            say("221 bye" if line.upper() == "QUIT" else "250 ok")
            if line.upper() == "QUIT":
                return


def test_a_mail_arrives_with_subject_and_text() -> None:
    server = MailServer()
    server.start()
    url = f"mailto://127.0.0.1:{server.port}?from=sdai@example.com&to=ops@example.com&mode=insecure"
    assert notifier(url).tell(Notice("weekly report", "accuracy holds")) == Delivery(1)
    server.join(10)
    assert "Subject: weekly report" in server.mail
    assert "To: ops@example.com" in server.mail


@pytest.mark.parametrize("url", ["http://user:pw@host/path?token=1", "slack://a/b/c", "http://[broken"])
def test_secrets_of_an_address_are_not_shown(url: str) -> None:
    shown = without_secrets(url)
    assert all(secret not in shown for secret in ("pw", "token", "path", "/b/c"))


def test_a_failed_flow_pages(hook: Hook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDAI_NOTIFY_PAGE_URLS", json.dumps([hook.url]))
    load_settings.cache_clear()
    state = SimpleNamespace(name="Crashed", message="killed")
    on_failure(SimpleNamespace(name="weekly-monitoring"), SimpleNamespace(name="red-fox"), state)
    assert hook.got[0]["title"] == "weekly-monitoring failed"
    assert "killed" in hook.got[0]["message"]
