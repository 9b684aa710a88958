"""The real application in this process: keys of its own, models that are stand-ins, and what it logs."""

import dataclasses
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args, get_origin

import pytest
from pydantic import BaseModel

from configs.auth_settings import Scope
from configs.limits_settings import LimitsSettings
from configs.settings import PathSettings, StoreSettings
from serving.artifacts import FixedVersions, VersionSource
from serving.auth.development import DevelopmentKeys, TokenOrder
from serving.loaded_models import Canary, Served
from serving.rollout.routing import BUCKETS, Arm, Split
from serving.telemetry import AccessEntry
from serving.telemetry.labels import BoundedNames
from serving.telemetry.metrics import VERSION_LIMIT
from structural.problems import PROBLEM_NAMES

NO_MODEL = dict.fromkeys(PROBLEM_NAMES, "no version has passed yet")


class Lines(list[AccessEntry]):
    """Takes the lines of the access log."""

    def write(self, entry: AccessEntry) -> None:
        """Take one."""
        self.append(entry)


class Predictor:
    """Stands for a model: gives what it is told to, and keeps what it was asked."""

    def __init__(self, give: Callable[[Any], Any]) -> None:
        self.give = give
        self.asked: list[Any] = []

    def answer(self, request: Any) -> Any:
        """Answer as told."""
        self.asked.append(request)
        return self.give(request)


class Running(NamedTuple):
    """A started application; the client's requests carry a token for everything."""

    client: Any
    worker: Any
    keys: DevelopmentKeys
    lines: Lines

    def token(self, *scopes: Scope, roles: tuple[str, ...] = (), client: str = "tester") -> str:
        """Return a token of the service's own development key."""
        return self.keys.mint(TokenOrder(client, roles, scopes, 3_600.0), time.time())

    def as_client(self, name: str) -> dict[str, str]:
        """Return the headers of another client that may do everything."""
        return {"authorization": f"Bearer {self.token(*Scope, client=name)}"}

    def put_in_service(self, problem: str, give: Callable[[Any], Any] | None = None, version: str = "") -> Predictor:
        """Let a stand-in answer a problem, by default as a version that has answered nothing yet; return it."""
        predictor = Predictor(give or (lambda _: response_of(problem)))
        self.worker.models.served[problem] = Served(predictor, version or uuid.uuid4().hex)  # type: ignore[arg-type]
        self.worker.models.unavailable.pop(problem, None)
        return predictor

    def put_canary(
        self,
        problem: str,
        give: Callable[[Any], Any] | None = None,
        *,
        version: str = "",
        weight: int = BUCKETS,
        shadow_share: float = 0.0,
    ) -> Predictor:
        """Let a stand-in answer the part of a problem's clients that ``weight`` says; return it."""
        predictor = Predictor(give or (lambda _: response_of(problem)))
        served = Served(predictor, version or uuid.uuid4().hex, Arm.CANARY)  # type: ignore[arg-type]
        self.worker.models.put_canary(problem, Canary(served, Split("salt", weight, shadow_share)))
        return predictor

    def take_out_of_service(self) -> None:
        """Leave no model in service; figures begin anew to count the versions that they name."""
        self.worker.telemetry.metrics._versions = BoundedNames(VERSION_LIMIT)
        self.worker.models.canaries.clear()
        self.worker.models.served.clear()
        self.worker.models.unavailable.update(NO_MODEL)


def response_of(problem: str) -> Any:
    """Return a valid response of a problem, made up from its schema."""
    schema = import_module(f"serving.schemas.{problem}").Response
    return schema.model_validate(_made_up(schema))


def _made_up(schema: type[BaseModel]) -> dict[str, Any]:
    return {name: _value(field.annotation) for name, field in schema.model_fields.items() if field.is_required()}


def _value(annotation: Any) -> Any:
    origin = get_origin(annotation)
    if origin is Literal:
        return get_args(annotation)[0]
    if origin in (list, dict):
        return origin()
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return _made_up(annotation)
    return {str: "x", float: 0.75, int: 1, bool: True}.get(annotation)


@contextmanager
def running(
    folder: Path, source: Callable[[str], VersionSource] = lambda _: FixedVersions({}), **settings: Any
) -> Iterator[Running]:
    """Start the application with its files below ``folder``; ``settings`` by concern.

    ``source`` says which versions shall answer, by default none.
    """
    import bentoml
    from starlette.testclient import TestClient

    from serving import service

    _forget_framework_figures()
    before = service.EDGE_STATE.parts, getattr(service.API.state, "worker", None)
    routes_before = list(service.API.router.routes)
    own = {
        "paths": PathSettings(home=folder),
        "store": StoreSettings(url=f"sqlite:///{folder}/store.db"),
        "limits": LimitsSettings(upload_rate="100000/second"),  # tests send more than a client may in a minute
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(service, "SETTINGS", dataclasses.replace(service.SETTINGS, **own | settings))
        patch.setattr(service, "open_source", source)
        with TestClient(service.Design.to_asgi(), raise_server_exceptions=False) as client:
            worker, lines = bentoml.get_current_service().worker, Lines()
            worker.telemetry.logs.access = lines
            started = Running(client, worker, DevelopmentKeys(folder / ".sdai" / "keys"), lines)
            client.headers["authorization"] = f"Bearer {started.token(*Scope)}"
            yield started
        worker.telemetry.logs.stop()
        service.EDGE_STATE.parts, service.API.state.worker = before
        service.API.router.routes[:] = routes_before


def _forget_framework_figures() -> None:
    """Let the framework register its own figures once more in this process."""
    from prometheus_client import REGISTRY

    for collector in {item for name, item in REGISTRY._names_to_collectors.items() if name.startswith("bentoml_")}:
        REGISTRY.unregister(collector)
