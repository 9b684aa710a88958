"""TLS to the database: what is asked for reaches the connection, and nothing takes it back."""

from pathlib import Path

import pytest
from pydantic import ValidationError
from sqlalchemy.engine import make_url

from configs.concern import Concern
from configs.settings import CONCERNS, StoreSettings

URL = "postgresql+psycopg2://service:sec%40ret@db.example.com:5432/design?application_name=x"
ROOT = Path("/opt/trust/rds.pem")


def test_without_a_mode_the_url_is_left_as_it_is() -> None:
    assert StoreSettings(url=URL).secured_url == URL
    assert StoreSettings().secured_url is None


def test_the_mode_reaches_the_url_and_the_rest_of_it_stays() -> None:
    secured = make_url(StoreSettings(url=URL, ssl_mode="verify-full", ssl_root_cert=ROOT).secured_url or "")
    assert dict(secured.query) == {"application_name": "x", "sslmode": "verify-full", "sslrootcert": str(ROOT)}
    assert (secured.password, secured.host, secured.database) == ("sec@ret", "db.example.com", "design")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"url": URL, "ssl_mode": "verify-full"}, "needs ssl_root_cert"),
        ({"url": URL, "ssl_root_cert": ROOT}, "without effect"),
        ({"url": URL, "ssl_mode": "require", "ssl_root_cert": ROOT}, "without effect"),
        ({"ssl_mode": "require"}, "is for PostgreSQL"),
        ({"url": "sqlite:///a.db", "ssl_mode": "require"}, "is for PostgreSQL"),
        ({"url": f"{URL}&sslmode=disable", "ssl_mode": "require"}, "the url says sslmode=disable"),
        (
            {"url": f"{URL}&sslrootcert=/other.pem", "ssl_mode": "verify-full", "ssl_root_cert": ROOT},
            "the url says sslrootcert=/other.pem",
        ),
        ({"url": URL, "ssl_mode": "prefer"}, "ssl_mode"),
    ],
)
def test_what_would_weaken_it_is_refused_without_the_password(given: dict[str, object], told: str) -> None:
    with pytest.raises(ValidationError, match=told) as refused:
        StoreSettings(**given)  # type: ignore[arg-type]
    assert "sec%40ret" not in str(refused.value)


def test_a_url_that_says_the_same_is_taken() -> None:
    url = f"{URL}&sslmode=require"
    assert StoreSettings(url=url, ssl_mode="require").secured_url == url


@pytest.mark.parametrize("concern", CONCERNS, ids=lambda concern: concern.__name__)
def test_errors_about_settings_that_may_hold_a_secret_do_not_repeat_them(concern: type[Concern]) -> None:
    may_hold = {"url", "urls", "page_urls", "redis_url", "redis_secret", "uri", "key_pem", "token", "scale_webhook"}
    if may_hold & set(concern.model_fields):
        assert concern.model_config.get("hide_input_in_errors") is True
