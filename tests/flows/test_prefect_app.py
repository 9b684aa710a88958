"""Planned runs go into Prefect's database as it is installed here."""

import subprocess
import sys

SCRIPT = """
import sys
import uuid
from datetime import UTC, datetime

import sqlalchemy as sa
from prefect.server.database.orm_models import Base, FlowRun
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.orm import Session

if "mended" in sys.argv:
    from flows.prefect_app import pass_over_hybrids

    pass_over_hybrids()
    pass_over_hybrids()
engine = sa.create_engine("sqlite://")
FlowRun.__table__.create(engine)
row = {"id": uuid.uuid4(), "flow_id": uuid.uuid4(), "name": "planned", "state": None, "estimated_run_time": None}
with Session(engine) as session:
    session.execute(insert(FlowRun).on_conflict_do_nothing(), [row])
    print(session.execute(sa.select(FlowRun.name)).scalar_one())
"""


def planned(*arguments: str) -> subprocess.CompletedProcess[str]:
    # In a process of its own: what is mended stays so.
    command = [sys.executable, "-W", "ignore", "-c", SCRIPT, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_planned_run_is_inserted_once_the_hybrids_are_passed_over() -> None:
    done = planned("mended")
    assert done.stdout.strip() == "planned", done.stderr[-2000:]


def test_without_it_the_insert_is_refused_so_the_mend_is_still_needed() -> None:
    assert "bulk_dml" in planned().stderr
