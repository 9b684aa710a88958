"""The simple rule that the network must beat: a small decision tree on the columns of the request."""

import numpy as np
from numpy.typing import NDArray

from structural.problems.connection_designer.request import (
    BOLT_GRADES,
    HOLE_TYPES,
    JOINT_TYPES,
    LOAD_CHARACTERS,
    resolve,
)
from structural.problems.connection_designer.strengths import bolt_shear
from structural.tables import Table

BASELINE = (
    "a decision tree of depth 8 on the raw request columns (defaults filled in) and the load over the bolts' shear "
    "strength"
)
DEPTH = 8
MIN_LEAF = 20


def predict_baseline(train: Table, questions: Table) -> NDArray[np.str_]:
    """Return the baseline's answer to each question, (n,); the tree is grown on ``train``, which holds the answers."""
    from sklearn.tree import DecisionTreeClassifier

    tree = DecisionTreeClassifier(max_depth=DEPTH, min_samples_leaf=MIN_LEAF, random_state=0)
    tree.fit(_columns(train), train["connection_type"])
    return np.asarray(tree.predict(_columns(questions)), dtype=np.str_)


def _columns(table: Table) -> NDArray[np.float64]:
    joint = resolve(table)
    numbers = (
        joint.diameter,
        joint.count,
        joint.load,
        joint.load / (joint.count * bolt_shear(joint, joint.planes)),
        joint.lrfd,
        joint.threads_excluded,
        joint.planes,
        joint.surface,
        joint.thickness,
        joint.ply_grade,
        joint.width,
        joint.edge,
        joint.spacing,
        joint.eccentricity,
        joint.electrode,
        joint.beam.d_in,
        joint.beam.tw_in,
        joint.support.tw_in,
        joint.support.tf_in,
    )
    categories = (
        (joint.grade, BOLT_GRADES),
        (joint.hole, HOLE_TYPES),
        (joint.character, LOAD_CHARACTERS),
        (joint.joint, JOINT_TYPES),
    )
    one_hot = [codes == place for codes, names in categories for place in range(len(names))]
    return np.stack([np.asarray(column, dtype=float) for column in (*numbers, *one_hot)], axis=1)
