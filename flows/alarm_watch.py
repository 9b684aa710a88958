"""The watch over the alarms as a flow, every few minutes; ``sdai alarms`` looks once by hand."""

from typing import Any

from prefect import flow

from configs import load_settings
from flows.alarms.watch import look_once
from flows.notify import on_failure


@flow(name="alarm-watch", on_failure=[on_failure], on_crashed=[on_failure])
def alarm_watch() -> dict[str, Any]:
    """Look at the alarms once and do what they ask for; returns what stands and what was done."""
    look = look_once(load_settings())
    return {"raised": [state.alarm.message for state in look.raised], "done": list(look.done)}
