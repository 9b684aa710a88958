"""Progress in a log: whole lines at least so often, bars kept quiet, terminals left alone."""

import io
import re
import subprocess
import sys
import time

import pytest
from tqdm import tqdm

from flows.progress_lines import EVERY_S, progress_lines


class Terminal(io.StringIO):
    """A screen that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_a_log_gets_a_line_at_least_every_half_minute() -> None:
    assert EVERY_S < 30


def test_silent_work_is_told_of_by_time_alone() -> None:
    screen = io.StringIO()
    with progress_lines("clash_detector: train", screen, every_s=0.05):
        time.sleep(0.3)
    lines = screen.getvalue().splitlines()
    assert 3 <= len(lines) <= 6
    assert all(re.fullmatch(r"\d\d:\d\d:\d\d clash_detector: train, 0 s", line) for line in lines)


def test_a_bar_is_told_as_figures_and_not_drawn(capsys: pytest.CaptureFixture[str]) -> None:
    screen = io.StringIO()
    with progress_lines("section_optimizer: train", screen, every_s=0.05):
        bar = tqdm(total=1_200, desc="section optimizer: XGBoost", unit="round")
        bar.set_postfix(rmse="0.5")
        bar.update(7)
        time.sleep(0.2)
        bar.close()
    assert (
        screen.getvalue()
        .splitlines()[-1]
        .endswith("section_optimizer: train, 0 s, XGBoost round 7 of 1,200 (rmse=0.5)")
    )
    assert capsys.readouterr().err == ""


def test_a_bar_that_names_only_its_model_does_not_repeat_it() -> None:
    screen = io.StringIO()
    with progress_lines("risk_analyzer: train", screen, every_s=0.05):
        bar = tqdm(total=40, desc="risk_analyzer", unit="epoch")
        time.sleep(0.12)
        bar.close()
    assert screen.getvalue().splitlines()[-1].endswith("risk_analyzer: train, 0 s, epoch 0 of 40")


def test_a_terminal_keeps_its_bars(capsys: pytest.CaptureFixture[str]) -> None:
    screen = Terminal()
    with progress_lines("risk_analyzer: train", screen, every_s=0.01):
        tqdm(total=3, desc="risk_analyzer").close()
        time.sleep(0.05)
    assert screen.getvalue() == ""
    assert "risk_analyzer" in capsys.readouterr().err


def test_work_beside_other_work_tells_lines_on_a_terminal_too(capsys: pytest.CaptureFixture[str]) -> None:
    screen = Terminal()
    with progress_lines("risk_analyzer: train", screen, every_s=0.02, bars=False):
        bar = tqdm(total=3, desc="risk_analyzer")
        time.sleep(0.1)
        bar.close()
    assert "risk_analyzer: train" in screen.getvalue()
    assert "risk_analyzer" not in capsys.readouterr().err


def test_bars_are_drawn_again_afterwards_even_when_the_work_fails(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="no"), progress_lines("x", io.StringIO()):
        raise ValueError("no")
    tqdm(total=3, desc="after").close()
    assert "after" in capsys.readouterr().err


def test_libraries_that_speak_of_themselves_are_not_heard_and_our_warnings_are() -> None:
    script = (
        "import logging\nfrom flows.worker import quiet_libraries\nquiet_libraries()\n"
        "own = logging.getLogger('pytorch_lightning')\n"
        "own.setLevel(logging.INFO)\n"  # as it does while it is imported, with a handler where there is none
        "own.propagate = bool(logging.getLogger().handlers)\n"
        "own.addHandler(logging.NullHandler() if own.propagate else logging.StreamHandler())\n"
        "logging.getLogger('pytorch_lightning.utilities.rank_zero').info('try installing litlogger')\n"
        "logging.getLogger('lightning_fabric').warning('GPU available: False')\n"
        "logging.getLogger('training.data').warning('ours')\n"
        "logging.getLogger('torch').error('theirs, and serious')\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stderr.splitlines() == ["ours", "theirs, and serious"]
