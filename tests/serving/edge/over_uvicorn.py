"""An application behind real connections of uvicorn, whose changed parts are as before afterwards."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import uvicorn
from uvicorn.protocols.http import httptools_impl

from serving.edge.asgi import App


@contextmanager
def over_uvicorn(app: App, *changes: Callable[[], None], **options: Any) -> Iterator[int]:
    """Serve ``app`` in a thread and return the port; ``changes`` go to uvicorn, ``options`` to its `Config`."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("HttpToolsProtocol", "RequestResponseCycle"):
            patch.setattr(httptools_impl, name, getattr(httptools_impl, name))
        for change in changes:
            change()
        listening = socket.create_server(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, http="httptools", lifespan="off", log_level="critical", **options))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        yield listening.getsockname()[1]
        server.should_exit = True
        thread.join(10)
