"""A rollout told: where it stands, its steps, its evidence. Pure; for the command line, Prefect and programs."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from flows.rollout.ab_report import AbReport
from flows.rollout.decision import OF_CLIENTS
from flows.rollout.evidence import in_e
from flows.rollout.transitions import describe
from serving.store.rollouts import EventKind, Rollout, RolloutEvent, RolloutKind

TOLD = frozenset(EventKind) - {EventKind.READING}
"""Events that are told by default; readings are many."""


def headline(rollout: Rollout) -> str:
    """Return model, versions and where the rollout stands, in one line."""
    kind = "A/B" if rollout.kind is RolloutKind.AB else "rollout"
    versions = f"{rollout.candidate_version} beside {rollout.champion_version}"
    return f"{rollout.model}: {kind} of {versions}: {describe(rollout)}"


def step_rows(events: Iterable[RolloutEvent], with_readings: bool = False) -> list[dict[str, Any]]:
    """Return a row for each event: when, what, the verdict, the clients' share it led to, why, by whom."""
    return [
        {
            "when": f"{event.created_at:%Y-%m-%d %H:%M:%S}",
            "event": event.kind.value,
            "verdict": event.verdict,
            # Without a rollout there is no canary to have a share: 0 % beside "promoted" would read as its contrary.
            "weight": "" if event.kind is EventKind.ENDED else _weight(event.reading),
            "reason": event.reason,
            "by": event.actor,
        }
        for event in events
        if with_readings or event.kind in TOLD
    ]


def evidence_rows(reading: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return a row for each metric of a kept reading."""
    rows = [_rate_row(str(row["metric"]), row) for row in reading.get("rates", ())]
    of_clients = reading.get("of_clients")
    if of_clients:
        rows.append(_rate_row(f"{of_clients['metric']} {OF_CLIENTS}", of_clients))
    rows += [
        {
            "metric": f"{row['metric']} at 100 %",
            "champion": f"limit {100 * row['limit']:.2f} %",
            "candidate": _share(row["events"], row["count"]),
            "against harm": "",
            "for harm": in_e(row["log_e"]),
        }
        for row in reading.get("watched", ())
    ]
    agreement = reading.get("agreement")
    if agreement:
        rows.append(
            {
                "metric": "answered otherwise",
                "champion": "",
                "candidate": _share(agreement["differing"], agreement["pairs"]),
                "against harm": "",
                "for harm": in_e(agreement["log_e"]),
            }
        )
    return rows


def _rate_row(metric: str, row: Mapping[str, Any]) -> dict[str, str]:
    return {
        "metric": metric,
        "champion": _share(row["champion_events"], row["champion_count"]),
        "candidate": _share(row["candidate_events"], row["candidate_count"]),
        "against harm": in_e(row["safety_log_e"]),
        "for harm": in_e(row["harm_log_e"]),
    }


def effect_rows(report: AbReport) -> list[dict[str, str]]:
    """Return a row for each rate of a report on two arms: counts, difference, intervals at 95 %, test."""
    return [
        {
            "events": effect.name,
            "champion": f"{effect.champion_events} of {effect.champion_count}",
            "candidate": f"{effect.candidate_events} of {effect.candidate_count}",
            "difference": "—" if effect.difference is None else f"{100 * effect.difference:+.2f} points",
            "Newcombe": _interval(effect.interval),
            "by client": _interval(effect.client_interval),
            "Fisher p": "—" if effect.p_value is None else f"{effect.p_value:.3g}",
        }
        for effect in report.effects
    ]


def to_json(rollout: Rollout, events: Sequence[RolloutEvent]) -> dict[str, Any]:
    """Return a rollout with its events, for programs."""
    values = {name: _plain(getattr(rollout, name)) for name in rollout.__dataclass_fields__}
    told = [{name: _plain(getattr(event, name)) for name in event.__dataclass_fields__} for event in events]
    return values | {"events": told}


def _weight(reading: Mapping[str, Any]) -> str:
    weight = reading.get("weight")
    return "" if weight is None else f"{weight / 100:g} %"


def _share(events: int, count: int) -> str:
    return f"{events} of {count}" + (f" ({100 * events / count:.2f} %)" if count else "")


def _interval(interval: tuple[float, float] | None) -> str:
    return "—" if interval is None else f"[{100 * interval[0]:+.2f}, {100 * interval[1]:+.2f}]"


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
