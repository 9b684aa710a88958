"""The argument that names a model."""


def known_model(model: str) -> str:
    """Return the name; raises `FlowError` listing the five where it is none of them."""
    from flows.errors import FlowError
    from structural.problems import PROBLEM_NAMES

    if model not in PROBLEM_NAMES:
        raise FlowError(f"there is no model {model!r}; use one of {', '.join(PROBLEM_NAMES)}")
    return model
