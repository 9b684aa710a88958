"""Answers of the clash detector: exact geometry finds and measures pairs, the network says what they are."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from serving.errors import ArtifactError
from serving.ifc.pairs import near_pairs
from serving.ifc.reader import IfcModel, IfcReader, Limits
from serving.predictors.contract import Proposals
from serving.predictors.onnx import input_names, open_session, read_model_card
from serving.schemas.clash_detector import Clash, Connection, Request, Response, Severity
from structural.calibration import Calibration
from structural.geometry.grids import GRID
from structural.problems.clash_detector.decoding import class_names, decode, prove
from structural.problems.clash_detector.encoding import (
    ENCODING_VERSION,
    Pairs,
    encode,
    order_pairs,
    read_pairs,
)
from structural.problems.clash_detector.members import codes
from structural.problems.clash_detector.request import CLASSES, CONNECTION, HIGH, LOW
from structural.problems.clash_detector.truth import RULE, classify, distance_mm, resolution_hours
from structural.tables import Table, row_count, take

_PROBLEM = "clash_detector"
_CHUNK_ROWS = 1024
_READ_SHARE = 0.3
"""What reading the model counts for in the progress of an answer."""
MAX_PAIRS = 100_000


@dataclass(frozen=True, slots=True)
class _Judged:
    """Pairs of one model with what was found: indices (m, 2), served classes, confidence and measures, each (m,)."""

    index: NDArray[np.int64]
    classes: NDArray[np.int64]
    confidence: NDArray[np.float64]
    overruled: NDArray[np.bool_]
    distance_mm: NDArray[np.float64]
    hours: NDArray[np.float64]
    hard: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class ComparedPair:
    """One near pair: the GlobalIds of its members, the network's own class and the rule's."""

    guids: tuple[str, str]
    proposed: str
    truth: str


class Predictor:
    """The exported clash detector.

    ``ifc_root`` is the folder of the models, by default the configured one; ``limits`` what one model may cost.
    """

    def __init__(self, artifact_dir: Path, ifc_root: Path | None = None, limits: Limits | None = None) -> None:
        card = read_model_card(artifact_dir, _PROBLEM)
        if card.get("encoding_version") != ENCODING_VERSION or card.get("grid") != GRID:
            raise ArtifactError(f"{_PROBLEM}: the model was trained for another encoding; train it again")
        if card.get("classes") != list(CLASSES):
            raise ArtifactError(f"{_PROBLEM}: the model knows other classes; train it again")
        self._calibration = Calibration.from_json(card["calibration"])
        self._session = open_session(artifact_dir / "clash_net.onnx")
        self._inputs = input_names(self._session)
        self._root = ifc_root
        self._limits = limits
        self._reader: IfcReader | None = None

    def propose(self, questions: Table) -> Proposals:
        """Return the network's own class of each pair, with calibrated confidence."""
        count = row_count(questions)
        parts = [slice(start, start + _CHUNK_ROWS) for start in range(0, count, _CHUNK_ROWS)]

        def one(part: slice) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
            return self._classify(read_pairs(take(questions, part)))

        if len(parts) > 1:
            with ThreadPoolExecutor(2) as pool:
                found = list(pool.map(one, parts))
        else:
            found = [one(part) for part in parts]
        if not found:
            return Proposals(np.empty(0, dtype=np.str_), np.empty(0))
        classes = np.concatenate([item[0] for item in found])
        return Proposals(class_names(classes), np.concatenate([item[1] for item in found]))

    def prove(self, questions: Table, proposals: Proposals) -> NDArray[np.str_]:
        """Return the classes after exact geometry has overruled what it decides; see `decoding.prove`."""
        classes = codes(proposals.answers, CLASSES, "pair_class") if len(proposals.answers) else np.empty(0, np.int64)
        served = [
            prove(classes[start : start + _CHUNK_ROWS], read_pairs(take(questions, slice(start, start + _CHUNK_ROWS))))
            for start in range(0, len(classes), _CHUNK_ROWS)
        ]
        return class_names(np.concatenate(served)) if served else np.empty(0, dtype=np.str_)

    def answer(self, request: Request) -> Response:
        """Answer about a shared model; see `answer_for`."""
        return self.answer_for(request, None)

    def answer_for(
        self, request: Request, client: str | None, progress: Callable[[float], None] = lambda _: None
    ) -> Response:
        """Read the model, judge its near pairs and report the clashes, worst first.

        ``client`` is who asks: uploads are their client's alone, and None reaches none. ``progress`` is told the share
        that is done, 0 to 1, a few times a second at most.
        """
        model = self._models().read(request.model_ifc, client)
        progress(_READ_SHARE)
        index = near_pairs(model.members.prisms, request.tolerance_mm, MAX_PAIRS)
        judged = self._judge(
            model, index, request.tolerance_mm, lambda share: progress(_READ_SHARE + (1 - _READ_SHARE) * share)
        )
        return _response(model, judged, request.include_connections, float(self._calibration.apply(1.0)))

    def compare_pair(self, request: Request, client: str | None, chance: float) -> ComparedPair | None:
        """Return the near pair that stands at ``chance`` (0 up to 1) of a model's list, with its class by the rule.

        None where there is no near pair, or where a member is approximated: the rule is for exact geometry.
        """
        model = self._models().read(request.model_ifc, client)
        index = near_pairs(model.members.prisms, request.tolerance_mm, MAX_PAIRS)
        if not len(index):
            return None
        row = index[int(chance * len(index))]
        if not model.exact[row].all():
            return None
        one, other = model.members.take(row[:1]), model.members.take(row[1:])
        pairs = order_pairs(one, other, np.full(1, request.tolerance_mm))
        proposed, _ = self._classify(pairs)
        truth = classify(pairs.first, pairs.second, pairs.measures, pairs.tolerance_mm)
        guids = model.guids[row[0]], model.guids[row[1]]
        return ComparedPair(guids, str(class_names(proposed)[0]), str(class_names(truth)[0]))

    def _models(self) -> IfcReader:
        if self._reader is None:
            self._reader = IfcReader(self._root or _configured_root(), self._limits)
        return self._reader

    def _classify(self, pairs: Pairs) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        encoded = encode(pairs)
        probabilities = self._session.run(None, {name: getattr(encoded, name) for name in self._inputs})[0]
        classes, scores = decode(np.asarray(probabilities, dtype=np.float64))
        return classes, self._calibration.apply(scores)

    def _judge(
        self, model: IfcModel, index: NDArray[np.int64], tolerance_mm: float, progress: Callable[[float], None]
    ) -> _Judged:
        parts = []
        for start in range(0, len(index), _CHUNK_ROWS):
            part = index[start : start + _CHUNK_ROWS]
            one, other = model.members.take(part[:, 0]), model.members.take(part[:, 1])
            pairs = order_pairs(one, other, np.full(len(part), tolerance_mm))
            proposed, confidence = self._classify(pairs)
            classes = prove(proposed, pairs)
            overruled = classes != proposed
            # what exact geometry decides is as sure as anything this model says; on approximated members it is not
            sure = np.where(model.exact[part].all(axis=1), self._calibration.apply(1.0), 1.0 - confidence)
            confidence = np.where(overruled, sure, confidence)
            hours = resolution_hours(classes, pairs.first, pairs.second, pairs.measures)
            contact = pairs.measures.contact
            distance, hard = distance_mm(contact), contact.depth > RULE.hard_mm
            parts.append((part, classes, confidence, overruled, distance, hours, hard))
            progress((start + len(part)) / len(index))
        if not parts:
            none = np.empty(0)
            return _Judged(index, none.astype(np.int64), none, none.astype(bool), none, none, none.astype(bool))
        return _Judged(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _configured_root() -> Path:
    from configs import load_settings

    return load_settings().paths.ifc_models


def _response(model: IfcModel, judged: _Judged, list_connections: bool, surest: float) -> Response:
    is_clash = (judged.classes >= LOW) & (judged.classes <= HIGH)
    is_joint = judged.classes == CONNECTION
    clashes = np.flatnonzero(is_clash)
    clashes = clashes[np.lexsort((judged.distance_mm[clashes], -judged.classes[clashes]))]
    joints = np.flatnonzero(is_joint) if list_connections else np.empty(0, dtype=np.int64)
    return Response(
        total_clashes=len(clashes),
        clashes=[_clash(model, judged, row) for row in clashes.tolist()],
        confidence=float(judged.confidence.mean()) if len(judged.confidence) else surest,
        connections_count=int(is_joint.sum()),
        connections=[_connection(model, judged, row) for row in joints.tolist()],
        members=len(model),
        members_without_geometry=model.without_geometry,
        approximate_members=int((~model.exact).sum()),
        pairs_judged=len(judged.classes),
        overruled=int(judged.overruled.sum()),
        verified=bool(model.exact.all()) and model.without_geometry == 0,
    )


def _clash(model: IfcModel, judged: _Judged, row: int) -> Clash:
    first, second = judged.index[row].tolist()
    return Clash(
        member1=model.names[first],
        member2=model.names[second],
        guid1=model.guids[first],
        guid2=model.guids[second],
        severity=cast(Severity, CLASSES[int(judged.classes[row])]),
        distance_mm=round(float(judged.distance_mm[row]), 2),
        resolution_hours=float(judged.hours[row]),
        confidence=float(judged.confidence[row]),
        approximate=not bool(model.exact[first] and model.exact[second]),
        hard=bool(judged.hard[row]),
    )


def _connection(model: IfcModel, judged: _Judged, row: int) -> Connection:
    first, second = judged.index[row].tolist()
    return Connection(
        member1=model.names[first],
        member2=model.names[second],
        guid1=model.guids[first],
        guid2=model.guids[second],
        distance_mm=round(float(judged.distance_mm[row]), 2),
        confidence=float(judged.confidence[row]),
    )
