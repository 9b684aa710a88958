"""The section optimizer as an MLflow model: the same predictor and proof, one question a row.

MLflow runs this file where it loads the model (`mlflow.pyfunc`, models from code).
"""

import json
from pathlib import Path
from typing import Any

import mlflow

PROBLEM = "section_optimizer"


class Question(mlflow.pyfunc.PythonModel):
    """Takes requests as JSON texts and gives answers as JSON texts."""

    def load_context(self, context: Any) -> None:
        """Load the predictor from the model's own files."""
        from serving.predictors.contract import load_predictor
        from serving.schemas.section_optimizer import Request

        self.predictor = load_predictor(PROBLEM, Path(context.artifacts["model"]))
        self.request = Request

    def predict(self, context: Any, model_input: list[str], params: Any = None) -> list[str]:  # noqa: ARG002
        """Answer each request; a question without an answer is told so."""
        return [self._answer(text) for text in model_input]

    def _answer(self, text: str) -> str:
        from serving.errors import RequestError

        try:
            return str(self.predictor.answer(self.request.model_validate_json(text)).model_dump_json())
        except RequestError as error:
            return json.dumps({"error": str(error)})


mlflow.models.set_model(Question())
