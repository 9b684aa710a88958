"""Answers of the clash detector: exact geometry finds and measures pairs, the network says what they are."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from serving.errors import ArtifactError
from serving.ifc.reader import IfcReader, Limits
from serving.ifc.results import Read
from serving.jobs.host_lock import HostSlots
from serving.predictors.contract import Proposals
from serving.predictors.onnx import input_names, open_session, read_model_card
from serving.schemas.clash_detector import Clash, Connection, FindingKind, Group, Request, Response, Severity
from structural.calibration import Calibration
from structural.geometry.findings import (
    CONTAINED,
    DUPLICATE,
    FINDING_KINDS,
    HARD,
    UNDECIDED,
    Finding,
    Findings,
)
from structural.geometry.grids import GRID
from structural.problems.clash_detector.decoding import Known, class_names, decode, known_of, prove
from structural.problems.clash_detector.encoding import (
    ENCODING_VERSION,
    Pairs,
    encode,
    order_pairs,
    read_pairs,
)
from structural.problems.clash_detector.grouping import ClashGroup, group_clashes
from structural.problems.clash_detector.members import codes
from structural.problems.clash_detector.request import CLASSES, CONNECTION, HIGH, LOW
from structural.problems.clash_detector.truth import classify, resolution_hours
from structural.tables import Table, row_count, take

_PROBLEM = "clash_detector"
_CHUNK_ROWS = 1024
_MM = 1000.0
_WAIT_FOR_TURN_S = 3.0
"""Of the 30 s of a request; reading may take 25."""
_READ_SHARE = 0.8
"""What reading and searching the model count for in the progress of an answer."""


@dataclass(frozen=True, slots=True)
class Judged:
    """Findings of one model with what was made of them, (m,) each.

    ``classes`` are codes into `CLASSES` as they are served, ``confidence`` the calibrated probability that they are
    right, ``overruled`` tells where exact geometry corrected the network, ``hours`` is the work to resolve.
    """

    findings: Findings
    classes: NDArray[np.int64]
    confidence: NDArray[np.float64]
    overruled: NDArray[np.bool_]
    hours: NDArray[np.float64]

    def as_findings(self) -> list[Finding]:
        """Return one `Finding` a pair with its class, confidence and hours."""
        columns = zip(self.findings, self.classes.tolist(), self.confidence.tolist(), self.hours.tolist(), strict=True)
        return [
            replace(item, pair_class=CLASSES[code], confidence=confidence, hours=hours)
            for item, code, confidence, hours in columns
        ]


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
        read = self._models().read(
            request.model_ifc, client, request.tolerance_mm, lambda share: progress(_READ_SHARE * share)
        )
        progress(_READ_SHARE)
        judged = self.judge(read, lambda share: progress(_READ_SHARE + (1 - _READ_SHARE) * share))
        return _response(read, judged, request.include_connections, float(self._calibration.apply(1.0)))

    def compare_pair(self, request: Request, client: str | None, chance: float) -> ComparedPair | None:
        """Return the pair that stands at ``chance`` (0 up to 1) of what a search finds, with its class by the rule.

        None where nothing is found, or where a member is approximated: the rule is for exact geometry.
        """
        read = self._models().read(request.model_ifc, client, request.tolerance_mm)
        index = read.findings.pairs
        if not len(index):
            return None
        row = index[int(chance * len(index))]
        if not read.exact[row].all():
            return None
        one, other = read.members.take(row[:1]), read.members.take(row[1:])
        pairs = order_pairs(one, other, np.full(1, request.tolerance_mm))
        proposed, _ = self._classify(pairs)
        truth = classify(pairs.first, pairs.second, pairs.measures, pairs.tolerance_mm)
        guids = read.model.elements[row[0]].guid, read.model.elements[row[1]].guid
        return ComparedPair(guids, str(class_names(proposed)[0]), str(class_names(truth)[0]))

    def _models(self) -> IfcReader:
        if self._reader is None:
            self._reader = (
                _configured_reader(self._limits) if self._root is None else IfcReader(self._root, self._limits)
            )
        return self._reader

    def _classify(self, pairs: Pairs) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        encoded = encode(pairs)
        probabilities = self._session.run(None, {name: getattr(encoded, name) for name in self._inputs})[0]
        classes, scores = decode(np.asarray(probabilities, dtype=np.float64))
        return classes, self._calibration.apply(scores)

    def judge(self, read: Read, progress: Callable[[float], None] = lambda _: None) -> Judged:
        """Return the class of each finding of a model that was read, in the findings' order.

        Exact geometry has found and measured the pairs; the network says which are joints on purpose, and how severe
        the others are. ``progress`` is told the share that is done, 0 to 1.
        """
        findings = read.findings
        parts = []
        for start in range(0, len(findings), _CHUNK_ROWS):
            rows = np.arange(start, min(start + _CHUNK_ROWS, len(findings)))
            parts.append(self._judge_part(read, findings.take(rows), read.bears[rows]))
            progress(min(1.0, (start + _CHUNK_ROWS) / len(findings)))
        if not parts:
            none = np.empty(0)
            return Judged(findings, none.astype(np.int64), none, none.astype(bool), none)
        return Judged(findings, *(np.concatenate(column) for column in zip(*parts, strict=True)))

    def _judge_part(
        self, read: Read, part: Findings, bears: NDArray[np.bool_]
    ) -> tuple[NDArray, NDArray, NDArray, NDArray]:
        one, other = read.members.take(part.pairs[:, 0]), read.members.take(part.pairs[:, 1])
        pairs = order_pairs(one, other, np.full(len(part), read.tolerance_mm))
        proposed, confidence = self._classify(pairs)
        known = _known(part, pairs, bears)
        classes = prove(proposed, pairs, known)
        overruled = classes != proposed
        # what exact geometry decides is as sure as anything this model says; where it is undecided, it is not
        sure = np.where(part.kind != UNDECIDED, self._calibration.apply(1.0), 1.0 - confidence)
        confidence = np.where(overruled, sure, confidence)
        return (
            classes,
            confidence,
            overruled,
            resolution_hours(classes, pairs.first, pairs.second, known.hard, known.duplicate),
        )


def _known(findings: Findings, pairs: Pairs, bears: NDArray[np.bool_]) -> Known:
    """Return what the search knows of pairs; where it is undecided, what the members' prisms tell."""
    by_prisms = known_of(pairs)
    decided = findings.kind != UNDECIDED
    hard = np.isin(findings.kind, (HARD, DUPLICATE, CONTAINED))
    return Known(
        hard=np.where(decided, hard, by_prisms.hard),
        duplicate=np.where(decided, findings.kind == DUPLICATE, by_prisms.duplicate),
        beyond=np.where(decided, False, by_prisms.beyond),
        distance_mm=np.where(decided, findings.distance_mm, by_prisms.distance_mm),
        bears=bears & decided,
    )


def _configured_reader(limits: Limits | None) -> IfcReader:
    from configs import load_settings

    settings = load_settings()
    slots = HostSlots(settings.paths.work / "reading", settings.serving.models_at_once, _WAIT_FOR_TURN_S)
    return IfcReader(settings.paths.ifc_models, limits, slots.turn)


def _response(read: Read, judged: Judged, list_connections: bool, surest: float) -> Response:
    is_clash = (judged.classes >= LOW) & (judged.classes <= HIGH)
    is_joint = judged.classes == CONNECTION
    clashes = np.flatnonzero(is_clash)
    clashes = clashes[np.lexsort((judged.findings.distance_mm[clashes], -judged.classes[clashes]))]
    joints = np.flatnonzero(is_joint) if list_connections else np.empty(0, dtype=np.int64)
    found = judged.as_findings()
    groups = group_clashes(read.model.elements, [found[row] for row in clashes.tolist()])
    # the candidates that came to no finding are farther apart than the tolerance, as far as anything here is sure
    certain = surest * (read.candidates - len(judged.findings))
    return Response(
        total_clashes=len(clashes),
        clashes=[_clash(read, judged, row) for row in clashes.tolist()],
        groups=[_group(group) for group in groups],
        confidence=(float(judged.confidence.sum()) + certain) / read.candidates if read.candidates else surest,
        connections_count=int(is_joint.sum()),
        connections=[_connection(read, judged, row) for row in joints.tolist()],
        members=len(read),
        members_without_geometry=read.without_geometry,
        not_checked=dict(read.model.not_checked),
        approximate_members=int((~read.exact).sum()),
        undecided_members=read.undecided,
        pairs_judged=read.candidates,
        overruled=int(judged.overruled.sum()),
        verified=read.undecided == 0 and read.without_geometry == 0,
    )


def _clash(read: Read, judged: Judged, row: int) -> Clash:
    first, second = judged.findings.pairs[row].tolist()
    one, other = read.model.elements[first], read.model.elements[second]
    kind = int(judged.findings.kind[row])
    at = np.round((judged.findings.point_mm[row] + read.model.origin_mm) / _MM, 4)
    sides = (judged.findings.high_mm[row] - judged.findings.low_mm[row]) / _MM
    return Clash(
        member1=one.name,
        member2=other.name,
        guid1=one.guid,
        guid2=other.guid,
        severity=cast(Severity, CLASSES[int(judged.classes[row])]),
        distance_mm=round(float(judged.findings.distance_mm[row]), 2),
        resolution_hours=float(judged.hours[row]),
        confidence=float(judged.confidence[row]),
        approximate=not bool(read.exact[first] and read.exact[second]) or bool(one.trouble or other.trouble),
        hard=kind in (HARD, DUPLICATE, CONTAINED),
        kind=cast(FindingKind, FINDING_KINDS[kind]),
        point_m=(float(at[0]), float(at[1]), float(at[2])),
        size_m=round(float(sides.max()), 4),
    )


def _group(group: ClashGroup) -> Group:
    return Group(
        id=group.id,
        cause=group.cause.value,
        title=group.title,
        severity=cast(Severity, group.severity),
        resolution_hours=group.hours,
        clashes=list(group.rows),
    )


def _connection(read: Read, judged: Judged, row: int) -> Connection:
    first, second = judged.findings.pairs[row].tolist()
    one, other = read.model.elements[first], read.model.elements[second]
    return Connection(
        member1=one.name,
        member2=other.name,
        guid1=one.guid,
        guid2=other.guid,
        distance_mm=round(float(judged.findings.distance_mm[row]), 2),
        confidence=float(judged.confidence[row]),
    )
