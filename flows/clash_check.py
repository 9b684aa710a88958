"""A clash check of IFC files: read, search, judge, report: `sdai clash` between its options and its tables."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from configs import Settings
from flows.clash_outputs import Show
from flows.environment import prepare_environment
from flows.errors import FlowError
from flows.model_store import open_trusted
from serving.artifacts import Artifact, Champions
from serving.clash_report.report import ClashReport, build_report
from serving.clash_report.rules import ClashRules
from serving.errors import RequestError, ServingError
from serving.ifc.header import FIELD
from serving.ifc.reader import Limits, read_models, refuse_incomplete
from serving.ifc.zipped import unpacked
from serving.predictors.clash_detector import Predictor
from serving.signing import Expected, SigningError, UnverifiedError, verify_folder

PROBLEM = "clash_detector"
LIMITS = Limits(
    file_bytes=4_000_000_000,
    members=200_000,
    triangles=40_000_000,
    pairs=2_000_000,
    memory_bytes=16_000_000_000,
    seconds=3_600.0,
)
"""A file of one's own may cost more than one that a client sends; past this a check is taken for lost."""


@dataclass(frozen=True, slots=True)
class CheckOrder:
    """Which files are checked by which rules; ``within``: also pairs of one file, where there are two."""

    files: tuple[Path, ...]
    rules: ClashRules
    within: bool = True


@dataclass(frozen=True, slots=True)
class Judge:
    """The promoted clash detector, ``predictor`` None where there is none; ``absence`` says why."""

    predictor: Predictor | None
    version: str = ""
    absence: str = ""


def check_models(order: CheckOrder, judge: Judge, show: Show) -> ClashReport:
    """Return the report on the models of an order; raises `FlowError` for a file and `RequestError` for a model.

    ``show`` is told what is going on and how far it is.
    """
    contents = [_content(file) for file in order.files]
    what = "reading and searching"
    read = read_models(
        contents,
        order.rules.widest_tolerance_mm,
        LIMITS,
        with_meshes=True,
        across=not order.within,
        progress=lambda share: show(what, share),
    )
    if judge.predictor is None:
        findings = list(read.findings)
    else:
        judged = judge.predictor.judge(read, lambda share: show("telling joints from clashes", share))
        findings = judged.as_findings()
    show("grouping", 0.0)
    names = [file.name for file in order.files]
    report = build_report(read.model, names, findings, order.rules, model_version=judge.version)
    show("grouping", 1.0)
    return report


def _content(file: Path) -> bytes:
    try:
        size = file.stat().st_size
        if size > LIMITS.file_bytes:
            raise FlowError(f"{file} has {size:,} bytes; at most {LIMITS.file_bytes:,} are read")
        content = unpacked(file.read_bytes(), LIMITS.file_bytes, FIELD)
        refuse_incomplete(content)
    except OSError as error:
        raise FlowError(f"{file} cannot be read: {error.strerror}") from error
    except RequestError as error:
        raise FlowError(f"{file}: {error}") from error
    return content


@contextmanager
def open_judge(settings: Settings, *, wanted: bool = True) -> Iterator[Judge]:
    """Give the promoted clash detector, its files verified as the service does; or a judge that says why there is none.

    Raises `FlowError` when a version is promoted and does not load: without it the check would come to other clashes.
    """
    if not wanted:
        yield Judge(None, absence="the trained model was not asked.")
        return
    artifact = _champion(settings)
    if artifact is None:
        yield Judge(None, absence="no clash detector has been promoted; `sdai run` trains and promotes one.")
        return
    with tempfile.TemporaryDirectory(prefix="sdai-clash-") as folder:
        yield Judge(_load(settings, artifact, Path(folder) / PROBLEM), artifact.version)


def _champion(settings: Settings) -> Artifact | None:
    source = Champions(settings.store_url)
    try:
        return (source.poll() or {}).get(PROBLEM)
    finally:
        source.close()


def _load(settings: Settings, artifact: Artifact, into: Path) -> Predictor:
    expected = Expected(PROBLEM, artifact.version, artifact.sha256)
    into.mkdir()
    prepare_environment(settings)  # where the model store is
    try:
        trusted = open_trusted(settings)
        verify_folder(artifact.locate(), expected, trusted, into)
        return Predictor(into)
    except (ServingError, SigningError, UnverifiedError) as error:
        text = f"the promoted clash detector {artifact.version} cannot be used: {error}"
        raise FlowError(f"{text}; mend it, or check with --geometry-only") from error
