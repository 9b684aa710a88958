"""A plain FastAPI application around the same predictors: no tokens, limits, metrics, log, caches or store.

Run by `benchmarks.run_load --peers` under uvicorn; ``PEER_MODELS`` is a JSON object of model folders by problem.
"""

import json
import os
from collections.abc import Awaitable, Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from fastapi import FastAPI, HTTPException

from benchmarks.bench_answers import PROBLEMS
from serving.errors import RequestError
from serving.predictors.contract import load_predictor
from serving.questions import PATHS
from structural.errors import StructuralError

MODELS_VARIABLE = "PEER_MODELS"


def build_app() -> FastAPI:
    """Return the application with its models loaded."""
    app = FastAPI()
    folders = json.loads(os.environ[MODELS_VARIABLE])
    for problem in PROBLEMS:
        schema = import_module(f"serving.schemas.{problem}")
        app.post(PATHS[problem], response_model=schema.Response)(_handler(problem, Path(folders[problem]), schema))
    return app


def _handler(problem: str, folder: Path, schema: Any) -> Callable[..., Awaitable[Any]]:
    predictor = load_predictor(problem, folder)

    async def answer(body: Any) -> Any:
        try:
            return predictor.answer(body)
        except (RequestError, StructuralError) as error:
            raise HTTPException(422, str(error)) from error

    answer.__annotations__ = {"body": schema.Request, "return": schema.Response}
    return answer
