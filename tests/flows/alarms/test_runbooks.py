"""Each of the four alarms has a page, found by the name that the alarm has in the cloud."""

import re
from pathlib import Path

import pytest

from serving.telemetry.alarms import Action

ROOT = Path(__file__).parents[3]
PAGES = ROOT / "docs" / "runbooks"
ALARMS = re.findall(
    r'alarm_name\s*=\s*"\$\{var\.name\}-([a-z0-9-]+)"',
    (ROOT / "infra" / "terraform" / "modules" / "observability" / "main.tf").read_text(encoding="utf-8"),
)
PARTS = ("**Means.**", "## First look", "## End it", "## How it was tested")


def test_there_is_a_page_for_each_alarm_and_none_beside() -> None:
    assert len(ALARMS) == 4
    assert sorted(page.stem for page in PAGES.glob("*.md")) == sorted(ALARMS)


@pytest.mark.parametrize("name", ALARMS)
def test_a_page_says_what_it_means_what_to_look_at_how_it_ends_and_how_it_was_tested(name: str) -> None:
    text = (PAGES / f"{name}.md").read_text(encoding="utf-8")
    places = [text.index(part) for part in PARTS]
    assert places == sorted(places)
    assert "sdai alarms" in text
    tested = text.partition("## How it was tested")[2]
    assert len(re.findall(r"`tests/[\w/]+\.py(?:::\w+)?`", tested)) >= 3
    assert f"[{name}](runbooks/{name}.md)" in (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")


def test_the_pages_name_the_thresholds_of_the_settings() -> None:
    from configs.telemetry_settings import TelemetrySettings

    settings = TelemetrySettings()
    said = {name: (PAGES / f"{name}.md").read_text(encoding="utf-8").partition("## First")[0] for name in ALARMS}
    assert f"{100 * settings.min_accuracy:g} %" in said["accuracy"]
    assert f"{settings.max_p95_s:g} s" in said["p95-latency"]
    assert f"{100 * settings.max_gpu_ratio:g} %" in said["gpu"]
    assert f"{100 * settings.max_error_ratio:g} %" in said["error-rate"]
    assert {action.value for action in Action} == {"page", "alert", "scale_up"}
