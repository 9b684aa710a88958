"""Bad versions of the section optimizer: the good one's files with a fault put in, as a bad training might leave them.

Each is a whole artifact that loads (but for one), answers the probe and fails in service, so the service meets it as it
would meet a real one: signed, verified, loaded.
"""

import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np

from serving.labelling.contract import Given
from serving.labelling.section_optimizer import judge
from serving.predictors.section_optimizer import Predictor
from serving.probing import probe
from serving.schemas.section_optimizer import Request
from structural.problems.section_optimizer.decoding import TARGET_SCALE

MODEL = "section_optimizer"
NETWORK = "xgboost.onnx"
ROUNDS = 8
"""Of the search for a rate: each halves what is left."""
SLOW_SIDE = 192
"""Side of the matrices that are multiplied to lose time."""
MOST_PRODUCTS = 1_000
TIMED, PAUSE_S = 60, 0.1
"""Questions that are timed, and the pause between two: one after another would find all in the caches of the processor,
and take a fraction of what a question takes in a service that is asked a few times a second."""


class Fault(StrEnum):
    """What is wrong with a version."""

    NONE = "none"
    ERRORS = "errors, 20 %"
    NOT_FINITE = "NaN, 20 %"
    SLOW = "slow, x5"
    WRONG = "wrong, -3 points"
    CRASH = "crash at load"


@dataclass(frozen=True, slots=True)
class BadVersion:
    """An artifact folder and how bad it was measured to be: the share of answers, or how many times slower."""

    fault: Fault
    folder: Path
    measured: float


def make_bad_version(fault: Fault, good: Path, folder: Path, requests: Sequence[Request]) -> BadVersion:
    """Return a version with a fault, made from a good one; ``requests`` are what it is tuned by."""
    shutil.copytree(good, folder, ignore=shutil.ignore_patterns("model.sig", "model.yaml"))
    if fault is Fault.NONE:
        with (folder / "model.json").open("a") as stream:
            stream.write("\n")
        return BadVersion(fault, folder, 0.0)
    if fault is Fault.CRASH:
        content = (folder / NETWORK).read_bytes()
        (folder / NETWORK).write_bytes(content[: len(content) // 2])
        return BadVersion(fault, folder, 1.0)
    if fault is Fault.SLOW:
        return _slow(good, folder, requests)
    wanted = 0.03 if fault is Fault.WRONG else 0.2
    share = _share_wrong if fault is Fault.WRONG else _share_failing
    base = share(Predictor(good), requests)
    measured = _tune(fault, good, folder, wanted, lambda: share(Predictor(folder), requests) - base)
    probe(MODEL, Predictor(folder))
    return BadVersion(fault, folder, measured)


def _tune(fault: Fault, good: Path, folder: Path, wanted: float, measure: Callable[[], float]) -> float:
    """Write the fault at the rate at which it shows as often as is wanted; return how often it does."""
    low, high, best = 0.0, 1.0, (1.0, 0.0)
    for _ in range(ROUNDS):
        rate = (low + high) / 2
        _write(good, folder, fault, rate)
        found = measure()
        best = min(best, (abs(found - wanted), rate))
        low, high = (rate, high) if found < wanted else (low, rate)
    _write(good, folder, fault, best[1])
    return measure()


def _slow(good: Path, folder: Path, requests: Sequence[Request]) -> BadVersion:
    """Multiply matrices until an answer takes five times as long."""
    requests = requests[:TIMED]
    base_s = _p95_s(Predictor(good), requests)
    products = 1
    while products < MOST_PRODUCTS:
        _write(good, folder, Fault.SLOW, products)
        ratio = _p95_s(Predictor(folder), requests) / base_s
        if ratio >= 4.5:
            break
        products = max(products + 1, round(products * 5.0 / max(ratio, 1.2)) if products > 2 else products * 2)
    return BadVersion(Fault.SLOW, folder, ratio)


def _share_failing(predictor: Predictor, requests: Sequence[Request]) -> float:
    return float(np.mean([_fails(predictor, request) for request in requests]))


def _fails(predictor: Predictor, request: Request) -> bool:
    try:
        predictor.answer(request)
    except Exception:  # noqa: BLE001  (that it fails is what is counted)
        return True
    return False


def _share_wrong(predictor: Predictor, requests: Sequence[Request]) -> float:
    wrong = [
        not judge(Given(request, predictor.answer(request).model_dump(), predictor, "", 0.0)).is_correct
        for request in requests
    ]
    return float(np.mean(wrong))


def _p95_s(predictor: Predictor, requests: Sequence[Request]) -> float:
    taken = []
    for request in requests:
        time.sleep(PAUSE_S)
        started_s = time.perf_counter()
        predictor.answer(request)
        taken.append(time.perf_counter() - started_s)
    return float(np.percentile(taken, 95))


def _write(good: Path, folder: Path, fault: Fault, rate: float) -> None:
    """Put a fault into the graph of the trees, between what they predict and what is read of them."""
    import onnx

    model = onnx.load(good / NETWORK)
    output = model.graph.output[0].name
    for node in model.graph.node:
        node.output[:] = ["sound" if name == output else name for name in node.output]
    nodes, constants = _slow_nodes(rate) if fault is Fault.SLOW else _struck_nodes(fault, rate)
    nodes[-1].output[0] = output
    model.graph.node.extend(nodes)
    model.graph.initializer.extend(onnx.numpy_helper.from_array(value, name) for name, value in constants.items())
    if not any(entry.domain in ("", "ai.onnx") for entry in model.opset_import):
        model.opset_import.append(onnx.helper.make_opsetid("", 13))
    onnx.save(model, folder / NETWORK)


def _struck_nodes(fault: Fault, rate: float) -> tuple[list[Any], dict[str, Any]]:
    """Return nodes that spoil a question by chance, the same one always: by the digits of one of its features."""
    from onnx.helper import make_node

    constants: dict[str, Any] = {
        "column": np.array([0], dtype=np.int64),
        "spread": np.array(7919.0, dtype=np.float32),
        "rate": np.array(rate, dtype=np.float32),
        "first": np.array([0], dtype=np.int64),
    }
    nodes = [
        make_node("Gather", ["features", "column"], ["feature"], axis=1),
        make_node("Gather", ["feature", "first"], ["one"], axis=0),
        make_node("Mul", ["one", "spread"], ["many"]),
        make_node("Floor", ["many"], ["whole"]),
        make_node("Sub", ["many", "whole"], ["digits"]),
        make_node("Less", ["digits", "rate"], ["struck"]),
    ]
    if fault is Fault.ERRORS:
        constants |= {"beyond": np.array(10**9, dtype=np.int64), "begin": np.array(0, dtype=np.int64)}
        constants["flat"] = np.array([1], dtype=np.int64)
        constants["nothing"] = np.array(0.0, dtype=np.float32)
        nodes += [
            make_node("Where", ["struck", "beyond", "begin"], ["place"]),
            make_node("Reshape", ["place", "flat"], ["places"]),
            make_node("Gather", ["sound", "places"], ["read"], axis=0),
            make_node("Mul", ["read", "nothing"], ["zero"]),
            make_node("Add", ["sound", "zero"], ["spoilt"]),
        ]
        return nodes, constants
    # The trees predict the logarithm of a utilization; too low a one makes sections look fit that are not.
    offset = np.nan if fault is Fault.NOT_FINITE else -0.25 * TARGET_SCALE
    constants |= {"offset": np.array(offset, dtype=np.float32), "nothing": np.array(0.0, dtype=np.float32)}
    nodes += [
        make_node("Where", ["struck", "offset", "nothing"], ["offsets"]),
        make_node("Add", ["sound", "offsets"], ["spoilt"]),
    ]
    return nodes, constants


def _slow_nodes(products: float) -> tuple[list[Any], dict[str, Any]]:
    """Return nodes that multiply matrices for nothing."""
    from onnx.helper import make_node

    side = np.eye(SLOW_SIDE, dtype=np.float32)
    constants: dict[str, Any] = {
        "side": side,
        "column": np.array(0, dtype=np.int64),
        "first": np.array(0, dtype=np.int64),
        "nothing": np.array(0.0, dtype=np.float32),
    }
    nodes = [
        make_node("Gather", ["features", "column"], ["feature"], axis=1),
        make_node("Gather", ["feature", "first"], ["one"], axis=0),
        make_node("Mul", ["one", "nothing"], ["zero"]),
        make_node("Add", ["side", "zero"], ["product0"]),
    ]
    for number in range(int(products)):
        nodes.append(make_node("MatMul", [f"product{number}", "side"], [f"product{number + 1}"]))
    nodes += [
        make_node("ReduceMean", [f"product{int(products)}"], ["mean"], keepdims=0),
        make_node("Mul", ["mean", "nothing"], ["lost"]),
        make_node("Add", ["sound", "lost"], ["spoilt"]),
    ]
    return nodes, constants
