"""Writing the artifact: both ensembles in their own format and as ONNX, and the card."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from structural.calibration import Calibration
from structural.problems.section_optimizer.decoding import Policy
from structural.problems.section_optimizer.encoding import ENCODING_VERSION, FEATURES
from training.contract import MODEL_CARD_FILE
from training.onnx_files import write_onnx
from training.section_optimizer.boosting import Ensembles, Fitted, in_place_of
from training.section_optimizer.params import LIGHTGBM, PARTS, XGBOOST

XGBOOST_NATIVE, LIGHTGBM_NATIVE = "xgboost.ubj", "lightgbm.txt"
ONNX_FILES = {XGBOOST: "xgboost.onnx", LIGHTGBM: "lightgbm.onnx"}
OPSET = 15
INPUT = "features"


def export_ensembles(ensembles: Ensembles, folder: Path) -> None:
    """Write the ensembles natively and as ONNX into ``folder``."""
    if XGBOOST in ensembles:
        ensembles[XGBOOST].booster.save_model(folder / XGBOOST_NATIVE)
        write_onnx(_xgboost_onnx(ensembles[XGBOOST]), folder / ONNX_FILES[XGBOOST])
    if LIGHTGBM in ensembles:
        fitted = ensembles[LIGHTGBM]
        fitted.booster.save_model(folder / LIGHTGBM_NATIVE, num_iteration=fitted.rounds)
        write_onnx(_lightgbm_onnx(fitted), folder / ONNX_FILES[LIGHTGBM])


def _input_type() -> list[tuple[str, Any]]:
    from onnxmltools.convert.common.data_types import FloatTensorType

    return [(INPUT, FloatTensorType([None, len(FEATURES)]))]


def _xgboost_onnx(xgb: Fitted) -> Any:
    from onnxmltools import convert_xgboost

    # The converter names its graph at random unless told.
    return convert_xgboost(xgb.booster, "section_xgboost", initial_types=_input_type(), target_opset=OPSET)


def _lightgbm_onnx(lgbm: Fitted) -> Any:
    import lightgbm
    from onnxmltools import convert_lightgbm

    kept = lightgbm.Booster(model_str=lgbm.booster.model_to_string(num_iteration=lgbm.rounds))
    return convert_lightgbm(kept, "section_lightgbm", initial_types=_input_type(), target_opset=OPSET, zipmap=False)


def exported_outputs(folder: Path, ensembles: Ensembles, rows: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the outputs (k, 2) of the exported ONNX files for feature rows (k, f), as `boosting.predict` has them."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    columns = []
    for name in _files(ensembles).values():
        session = onnxruntime.InferenceSession(
            (folder / name).read_bytes(), options, providers=["CPUExecutionProvider"]
        )
        columns.append(session.run(None, {INPUT: rows})[0].ravel().astype(float))
    return np.stack(columns, axis=1)


def _files(ensembles: Ensembles) -> dict[str, str]:
    """Return the file that answers for each library; one that was left out is answered for by the other."""
    return {part: ONNX_FILES[in_place_of(part, ensembles)] for part in PARTS}


def write_card(folder: Path, ensembles: Ensembles, policy: Policy, calibration: Calibration) -> None:
    """Write ``model.json``: what the predictor needs beside the ensembles."""
    card = {
        "problem": "section_optimizer",
        "encoding_version": ENCODING_VERSION,
        "features": list(FEATURES),
        "policy": policy.to_json(),
        "calibration": calibration.to_json(),
        "rounds": {part: fitted.rounds for part, fitted in ensembles.items()},
        "files": _files(ensembles),
    }
    (folder / MODEL_CARD_FILE).write_text(json.dumps(card, indent=2, sort_keys=True) + "\n", encoding="utf-8")
