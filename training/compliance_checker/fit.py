"""Training run: corpus, tokenizer, network, export, validation by whole documents, calibration."""

import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from structural.code_checks.registry import COMPLIANT
from structural.problems.compliance_checker import PROBLEM
from structural.problems.compliance_checker.answering import Answered, answer_documents, parse_document
from structural.problems.compliance_checker.encoding import ENCODING_VERSION, TAGS, PieceEncoder, Tagger, pad
from structural.problems.compliance_checker.spelling import Lexicon, build_lexicon, count_words
from structural.tables import Table, row_count, take
from training.calibration import expected_calibration_error, fit_calibration
from training.compliance_checker.batches import Encoded, encode_corpus
from training.compliance_checker.corpus import (
    Corpus,
    build_corpus,
    repeated,
    resolved,
    telling_words,
    thin,
    with_joined,
    with_strangers,
)
from training.compliance_checker.export import MODEL_FILE, TOKENIZER_FILE, export_onnx, onnx_tagger, torch_tagger
from training.compliance_checker.heard import unheard_readings
from training.compliance_checker.learner import Place, Schedule, fit_tagger
from training.compliance_checker.model import Size, build_tagger, build_tokenizer, kinds_of_pieces
from training.contract import MODEL_CARD_FILE, TrainingJob, TrainingReport
from training.data import read_split
from training.devices import resolve_device
from training.errors import TrainingError

PARITY_TOLERANCE = 1e-3
"""Largest difference of a tag's probability between the trained and the exported network."""
_PARITY_SEGMENTS = 2_000


@dataclass(frozen=True, slots=True)
class Params:
    """Hyper-parameters.

    ``average_decay`` is that of the running average of weights that is kept. ``most_segments`` bounds distinct segments
    learnt from; ``stranger_share`` of them are copied with unknown words, ``joined_share`` as many are made of two
    sentences each.
    """

    epochs: int = 8
    learning_rate: float = 2e-3
    weight_decay: float = 0.01
    batch_tokens: int = 2_048
    average_decay: float = 0.998
    vocabulary_size: int = 1_500
    most_segments: int = 110_000
    stranger_share: float = 0.1
    joined_share: float = 0.3
    most_validation_segments: int = 15_000
    width: int = 128
    layers: int = 2
    heads: int = 4
    inner_width: int = 256
    dropout: float = 0.05


def read_params(given: Mapping[str, Any]) -> Params:
    """Return the hyper-parameters of a job; an unknown key raises `TrainingError` with the known ones."""
    known = {item.name for item in fields(Params)}
    unknown = set(given) - known
    if unknown:
        raise TrainingError(
            f"compliance_checker: unknown parameters {', '.join(sorted(unknown))}; known: {', '.join(sorted(known))}"
        )
    return Params(**given)


@dataclass(frozen=True, slots=True)
class Learnt:
    """A trained tagger on the CPU, its history of epochs, what encodes for it, and what is left to measure it on.

    ``checked`` are the segments that each epoch was measured on, ``validation`` the whole split.
    """

    tagger: Any
    history: list[dict[str, float]]
    tokenizer: Any
    encoder: PieceEncoder
    segment_count: int
    checked: Encoded
    validation: Table


def learn(job: TrainingJob) -> Learnt:
    """Read the splits and train the tagger: all that wants a fast machine.

    Needs NumPy, pyarrow, torch, transformers and Lightning alone; what `fit` does beyond it (export, calibration) needs
    more.
    """
    import torch

    # Gradients of tags that are out of question sink below the normal floats, where a CPU is many times slower. Set
    # before the first parallel step, because threads take it over from the one that starts them.
    torch.set_flush_denormal(True)
    try:
        return _learn(job)
    finally:  # others in this process may count on the smallest floats
        torch.set_flush_denormal(False)


def _learn(job: TrainingJob) -> Learnt:
    import torch

    params = read_params(job.params)
    device = resolve_device(job.device)
    torch.set_num_threads(job.threads)
    torch.manual_seed(job.seed)
    validation = read_split(job.dataset_path, PROBLEM, "validation")
    training, checked, lexicon = _corpora(read_split(job.dataset_path, PROBLEM, "train"), validation, params, job.seed)
    tokenizer = build_tokenizer(training.words, params.vocabulary_size)
    encoder = PieceEncoder(tokenizer, lexicon)
    encoded, encoded_checked = encode_corpus(training, encoder), encode_corpus(checked, encoder)
    size = Size(params.width, params.layers, params.heads, params.inner_width, params.dropout)
    tagger = build_tagger(tokenizer, size, unheard_readings(encoded, *kinds_of_pieces(tokenizer)))
    place = Place(device, job.scratch_dir, job.seed, job.show_progress)
    schedule = Schedule(
        epochs=params.epochs,
        learning_rate=params.learning_rate,
        weight_decay=params.weight_decay,
        batch_tokens=params.batch_tokens,
        average_decay=params.average_decay,
    )
    history = fit_tagger(tagger, encoded, encoded_checked, schedule, place)
    return Learnt(tagger.cpu(), history, tokenizer, encoder, len(training), encoded_checked, validation)


def fit(job: TrainingJob) -> TrainingReport:
    """Train the reader and write the artifact into ``job.output_dir``; see `training.contract`."""
    started = time.perf_counter()
    learnt = learn(job)
    job.output_dir.mkdir(parents=True, exist_ok=True)
    export_onnx(learnt.tagger, job.output_dir / MODEL_FILE)
    learnt.tokenizer.save(str(job.output_dir / TOKENIZER_FILE))
    exported = onnx_tagger(job.output_dir / MODEL_FILE, job.threads)
    parity = _parity(torch_tagger(learnt.tagger), exported, learnt.checked)
    figures = _finish(job, learnt.validation, learnt.encoder, exported)
    return TrainingReport(
        problem=job.problem,
        training_seconds=time.perf_counter() - started,
        device=resolve_device(job.device),
        params=asdict(read_params(job.params)),
        history=learnt.history,
        validation={**figures, "segments_learnt": float(learnt.segment_count)},
        parity_max_abs_diff=parity,
        parity_tolerance=PARITY_TOLERANCE,
    )


def _corpora(train: Table, validation: Table, params: Params, seed: int) -> tuple[Corpus, Corpus, Lexicon]:
    """Return the segments to learn from, those that each epoch is measured on, and the words met in the former."""
    rng = np.random.default_rng([seed, 1])
    raw = build_corpus(train)
    known = build_lexicon(count_words(raw.words, raw.counts))
    # Even rows only; odd rows are kept for calibration.
    watched = take(validation, slice(0, None, 2)) if row_count(validation) > 1 else validation
    clean = resolved(raw, known)
    lexicon = Lexicon(known.words, telling_words(clean))
    learnt = with_joined(repeated(thin(clean, params.most_segments, rng)), params.joined_share, rng)
    learnt = with_strangers(learnt, params.stranger_share, rng)
    return learnt, thin(resolved(build_corpus(watched), lexicon), params.most_validation_segments, rng), lexicon


def answer_table(table: Table, encoder: PieceEncoder, tagger: Tagger) -> Answered:
    """Return the reader's answers to a table of questions."""
    documents = [parse_document(text) for text in table["document"].tolist()]
    return answer_documents(documents, table["design_code"].tolist(), table["jurisdiction"].tolist(), encoder, tagger)


def _finish(job: TrainingJob, validation: Table, encoder: PieceEncoder, tagger: Tagger) -> dict[str, float]:
    """Measure on validation documents, calibrate on the odd rows, write the model card; return the figures."""
    answered = answer_table(validation, encoder, tagger)
    correct = answered.answers == validation[PROBLEM.answer_column]
    odd = np.arange(len(correct)) % 2 == 1 if len(correct) > 1 else np.ones(len(correct), dtype=bool)
    calibration = fit_calibration(answered.scores[odd], correct[odd])
    confidence = calibration.apply(answered.scores)
    card = {
        "problem": PROBLEM.name,
        "encoding_version": ENCODING_VERSION,
        "calibration": calibration.to_json(),
        "tags": list(TAGS),
        "lexicon": sorted(encoder.lexicon.words),
        "telling": sorted(encoder.lexicon.telling),
        "files": {"network": MODEL_FILE, "tokenizer": TOKENIZER_FILE},
    }
    (job.output_dir / MODEL_CARD_FILE).write_text(json.dumps(card, indent=1, sort_keys=True), encoding="utf-8")
    verdict = (answered.answers == COMPLIANT) == validation["compliant"]
    return {
        "accuracy": float(correct.mean()),
        "verdict_accuracy": float(verdict.mean()),
        "abstained": float(answered.doubtful.mean()),
        "calibration_error": expected_calibration_error(confidence[odd], correct[odd]),
        "documents": float(len(correct)),
    }


def _parity(trained: Tagger, exported: Tagger, data: Encoded) -> float:
    """Return the largest difference of tag probability on real segments; another tag counts as 1."""
    worst = 0.0
    for begin in range(0, min(len(data.ids), _PARITY_SEGMENTS), 250):
        rows: NDArray[np.int64] = data.sizes[begin : begin + 250]
        length = int(rows.max())
        ids, mask = pad([data.ids[begin + at, :size].tolist() for at, size in enumerate(rows.tolist())], length)
        (tag, probability), (other_tag, other_probability) = trained(ids, mask), exported(ids, mask)
        real = mask.astype(bool)
        worst = max(worst, float(np.abs(probability - other_probability)[real].max()))
        clear = real & (tag != other_tag) & (probability > 0.5 + PARITY_TOLERANCE)
        worst = max(worst, float(clear.any()))
    return worst
