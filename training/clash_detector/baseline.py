"""The simple rule that the network must beat: what meets near a member's end is a joint, the rest goes by depth."""

import numpy as np
from numpy.typing import NDArray

from structural.problems.clash_detector.encoding import end_distances_mm, read_pairs
from structural.problems.clash_detector.request import CLASSES, CONNECTION, HIGH, LOW, MEDIUM, NONE
from structural.problems.clash_detector.truth import is_service
from structural.tables import Table

BASELINE = (
    "joint if steel members come within 25 mm and the overlap centre lies within 300 mm of a member end; "
    "otherwise severity by depth of penetration (10 and 40 mm), clearance LOW"
)
JOINT_END_MM = 300.0
JOINT_GAP_MM = 25.0
MEDIUM_DEPTH_MM, HIGH_DEPTH_MM = 10.0, 40.0


def predict_baseline(train: Table, questions: Table) -> NDArray[np.str_]:  # noqa: ARG001 (contract of all trainers)
    """Return the baseline's answer to each question, (n,). Nothing is learned from ``train``."""
    pairs = read_pairs(questions)
    contact = pairs.measures.contact
    steel = ~is_service(pairs.first) & ~is_service(pairs.second)
    joint = steel & (contact.gap <= JOINT_GAP_MM) & (end_distances_mm(pairs).min(axis=1) <= JOINT_END_MM)
    depth = contact.depth
    severity = np.where(depth >= HIGH_DEPTH_MM, HIGH, np.where(depth >= MEDIUM_DEPTH_MM, MEDIUM, LOW))
    answer = np.where(joint, CONNECTION, np.where(contact.gap > pairs.tolerance_mm, NONE, severity))
    return np.array(CLASSES)[answer]
