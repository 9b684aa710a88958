"""Private folders of a process: gone with it, or with the next one."""

import subprocess
import sys
from pathlib import Path

from serving.signing.private_copies import PrivateCopies

DIES = (
    "import os, sys\nfrom pathlib import Path\nfrom serving.signing.private_copies import PrivateCopies\n"
    "(PrivateCopies(Path(sys.argv[1])).new('x') / 'file').write_text('left')\nos._exit(9)\n"
)


def test_only_the_owner_can_look_in(tmp_path: Path) -> None:
    folder = PrivateCopies(tmp_path / "loaded").new("risk_analyzer")
    assert folder.stat().st_mode & 0o777 == 0o700
    assert folder.parent.stat().st_mode & 0o777 == 0o700


def test_what_a_killed_process_left_goes_and_what_a_living_one_holds_stays(tmp_path: Path) -> None:
    living = PrivateCopies(tmp_path).new("a")
    assert subprocess.run([sys.executable, "-c", DIES, str(tmp_path)], check=False).returncode == 9
    assert len(list(tmp_path.glob("process-*"))) == 2
    third = PrivateCopies(tmp_path)
    assert living.exists()
    assert len(list(tmp_path.glob("process-*"))) == 2
    third.close()
    assert [path.name for path in tmp_path.glob("process-*")] == [living.parent.name]
