"""Places of a host: so many at once over all processes, and free again when their holder is done or dead."""

import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from serving.errors import ServingError
from serving.ifc.reader import IfcReader
from serving.jobs.host_lock import HostSlots
from tests.serving.ifc.test_hostile_files import two_posts

HOLDER = """
import sys, time
from pathlib import Path
from serving.jobs.host_lock import HostSlots
with HostSlots(Path(sys.argv[1]), 1, 0.0).turn():
    print("held", flush=True)
    time.sleep(60)
"""


class Time:
    """A clock that goes on while one sleeps."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def slots(self, folder: Path, count: int, wait_s: float = 1.0) -> HostSlots:
        return HostSlots(folder, count, wait_s, lambda: self.now_s, self.sleep)

    def sleep(self, seconds: float) -> None:
        self.now_s += seconds


def test_no_more_than_there_are_slots_and_who_waits_too_long_is_told(tmp_path: Path) -> None:
    time = Time()
    slots, others = time.slots(tmp_path, 2), time.slots(tmp_path, 2)
    with slots.turn(), others.turn():
        with pytest.raises(ServingError, match="does 2 of these at once"), slots.turn():
            pytest.fail("a third one got a turn")
        assert time.now_s == pytest.approx(1.0, abs=0.1)
    with slots.turn(), slots.turn():
        pass


def test_who_waits_gets_the_slot_that_becomes_free(tmp_path: Path) -> None:
    held, waited = ExitStack(), []
    held.enter_context(HostSlots(tmp_path, 1, 0.0).turn())

    def sleep(seconds: float) -> None:
        waited.append(seconds)
        held.close()

    with HostSlots(tmp_path, 1, 5.0, sleep=sleep).turn():
        assert len(waited) == 1


def test_a_killed_process_leaves_its_slot(tmp_path: Path) -> None:
    slots = HostSlots(tmp_path, 1, 0.0)
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(ServingError), slots.turn():
            pytest.fail("two had the one slot")
        holder.kill()
        holder.wait()
    with slots.turn():
        pass


def test_a_model_is_read_in_its_turn_alone_and_what_is_known_needs_none(tmp_path: Path) -> None:
    (tmp_path / "posts.ifc").write_bytes(two_posts().content())
    slots = HostSlots(tmp_path / "reading", 1, 0.0)
    reader = IfcReader(tmp_path, turn=slots.turn)
    with slots.turn(), pytest.raises(ServingError):
        reader.read("posts.ifc")
    assert len(reader.read("posts.ifc")) == 2
    with slots.turn():
        assert len(reader.read("posts.ifc")) == 2
