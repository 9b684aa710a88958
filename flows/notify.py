"""Telling people: webhooks, mail, chat and pagers through Apprise, which Prefect's notification blocks use as well.

A dead address is logged and reported to the caller; it never fails what had something to tell.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from configs.notify_settings import NotifySettings
from flows.environment import PROGRESS_LOGGER

log = logging.getLogger(PROGRESS_LOGGER)


class Level(StrEnum):
    """How much it matters, and the kind that Apprise shows it as."""

    INFO = "info"
    ALERT = "warning"
    PAGE = "failure"


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to tell. ``title`` is one line, ``body`` Markdown."""

    title: str
    body: str
    level: Level = Level.INFO


@dataclass(frozen=True, slots=True)
class Delivery:
    """What came of a notice: how many addresses took it, and those that did not, without their passwords."""

    sent: int
    failed: tuple[str, ...] = ()


Send = Callable[[str, Notice], bool]
"""Sends a notice to one address; false or an exception when it was not taken."""


class Notifier:
    """Sends notices to the addresses of the settings. ``send`` takes the place of Apprise in tests."""

    def __init__(self, settings: NotifySettings, send: Send | None = None) -> None:
        self._urls = [url.get_secret_value() for url in settings.urls]
        self._page_urls = [url.get_secret_value() for url in settings.page_urls]
        self._send = send or _sender(settings.timeout_s)

    def tell(self, notice: Notice) -> Delivery:
        """Send a notice to every address that hears of its level; returns what came of it and never raises."""
        failed = []
        urls = self._addresses(notice.level)
        for url in urls:
            try:
                taken = self._send(url, notice)
            except Exception as error:  # noqa: BLE001  (a dead address must not end what had something to tell)
                log.warning("notice to %s failed: %s", without_secrets(url), type(error).__name__)
                taken = False
            if not taken:
                failed.append(without_secrets(url))
        if failed:
            log.warning("%s was not told to %s", notice.title, ", ".join(failed))
        return Delivery(len(urls) - len(failed), tuple(failed))

    def _addresses(self, level: Level) -> Sequence[str]:
        pages = self._page_urls if level is Level.PAGE else []
        return list(dict.fromkeys([*self._urls, *pages]))


def without_secrets(url: str) -> str:
    """Return scheme and host of an address; user, password, path and query of a webhook are secrets."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "an address that is none"
    return f"{parts.scheme}://{parts.hostname or '…'}"


def _sender(timeout_s: float) -> Send:
    def send(url: str, notice: Notice) -> bool:
        from apprise import Apprise, NotifyFormat

        logging.getLogger("apprise").setLevel(logging.CRITICAL)  # its warnings hold whole addresses
        timed = f"{url}{'&' if '?' in url else '?'}rto={timeout_s:g}&cto={timeout_s:g}"
        target: Any = Apprise()
        if not target.add(timed):
            log.warning("%s is no address that Apprise knows", without_secrets(url))
            return False
        return bool(
            target.notify(
                title=notice.title, body=notice.body, notify_type=notice.level.value, body_format=NotifyFormat.MARKDOWN
            )
        )

    return send


def on_failure(flow: Any, flow_run: Any, state: Any) -> None:
    """Tell that a flow has failed for good: a hook for Prefect's ``on_failure`` and ``on_crashed``."""
    from configs import load_settings

    title = f"{flow.name} failed"
    body = f"Run `{flow_run.name}` ended as {state.name}: {state.message or 'no message'}"
    Notifier(load_settings().notify).tell(Notice(title, body, Level.PAGE))
