"""Starting the service: ``python -m serving.launch`` is ``bentoml serve`` but for its imports, its sockets and its end.

``bentoml serve`` imports the whole service before it starts the workers, which do so once more. Here the parent process
knows its outline alone (`serving.outline`).

BentoML's workers share one listening socket, and whichever wakes first takes all connections that wait: one of two
workers may end up with every client of a few long-lived connections, the other with none. Here each worker listens
on a socket of its own, and the kernel spreads the connections (``SO_REUSEPORT``).

BentoML's parent process keeps the listening socket open until its workers are gone. A client that connects meanwhile
is let in by the kernel, answered by nobody and cut off in the end. Here the parent closes the socket before it tells
the workers to end, so that such a client is refused at once and can turn to another instance.

A server that closes an idle connection first may do so while a request is on its way, which is then lost: a load
balancer answers 502 for it. So connections are kept longer than balancers and clients keep them.

Behind a balancer every connection comes from its address. Who asks stands in its ``X-Forwarded-For``, which is believed
of the balancers that the settings name and of nobody else, as anybody may send one.
"""

import argparse
import os
import sys
from collections.abc import MutableMapping, Sequence
from typing import Any

from configs import Settings, load_settings
from configs.settings import ServingSettings
from serving.tls import require_certificate

TRUSTED_PROXIES = "FORWARDED_ALLOW_IPS"
"""What uvicorn calls them; BentoML has no option for it and hands its environment on to the workers."""


def arguments(host: str, port: int, *, has_tls: bool = True) -> list[str]:
    """Return this module's command line, without the program, for an address; ``has_tls`` leaves it to the settings."""
    return ["--host", host, "--port", str(port), *([] if has_tls else ["--no-tls"])]


def close_before_stopping() -> None:
    """Have circus, which watches BentoML's workers, close the listening sockets before it stops them."""
    from circus.arbiter import Arbiter

    stop = Arbiter.stop

    def close_and_stop(arbiter: Any, *args: Any, **kwargs: Any) -> Any:
        arbiter.sockets.close_all()
        return stop(arbiter, *args, **kwargs)

    Arbiter.stop = close_and_stop


def listen_apart() -> None:
    """Have circus give each worker a listening socket of its own, on the one port."""
    from circus.process import Process
    from circus.sockets import CircusSocket

    create, passed_on = CircusSocket.__init__, Process._get_sockets_fds

    def create_shareable(socket: Any, *args: Any, **kwargs: Any) -> None:
        create(socket, *args, **(kwargs | {"so_reuseport": not kwargs.get("path")}))

    def pass_own(process: Any) -> Any:
        found = passed_on(process)
        for name, shared in process.watcher.sockets.items() if found else ():
            if shared.so_reuseport:  # the parent leaves it unbound
                place = {"host": shared.host, "port": shared.port, "family": shared.family}
                own = CircusSocket(name, backlog=shared.backlog, **place)
                own.bind_and_listen()
                process._sockets.append(own)  # circus drops these once the worker has them
                found[name] = own.fileno()
        return found

    CircusSocket.__init__ = create_shareable
    Process._get_sockets_fds = pass_own


def spare_memory(environment: MutableMapping[str, str]) -> None:
    """Have the C library of the workers keep what threads free in two places instead of one a thread, unless it is set.

    It reads this when a process starts. A worker has a dozen threads, and what each had once freed stayed its own.
    """
    environment.setdefault("MALLOC_ARENA_MAX", "2")


def serve(settings: Settings, host: str, port: int, *, has_tls: bool = True) -> None:
    """Serve on an address until told to end, with TLS if the settings have a certificate, unless that is left out.

    Raises `ServingError` for a certificate that cannot be used.
    """
    require_certificate(settings.serving)
    spare_memory(os.environ)
    os.environ[TRUSTED_PROXIES] = ",".join(settings.serving.trusted_proxies)
    from _bentoml_impl.server import serve_http
    from _bentoml_impl.server import serving as started_by
    from bentoml._internal.log import configure_server_logging

    from serving.outline import outline

    configure_server_logging()
    started_by._SERVICE_WORKER_SCRIPT = "serving.worker_process"
    listen_apart()
    close_before_stopping()
    serve_http(
        outline(settings),
        host=host,
        port=port,
        timeout_keep_alive=settings.serving.keep_alive_s,
        timeout_graceful_shutdown=settings.serving.drain_requests_s,
        **(_certificate(settings.serving) if has_tls else {}),
    )


def _certificate(serving: ServingSettings) -> dict[str, str]:
    if serving.tls_certificate is None:
        return {}
    # Workers are started in another folder.
    files = {"ssl_certfile": serving.tls_certificate, "ssl_keyfile": serving.tls_key}
    return {name: str(file.resolve()) for name, file in files.items() if file is not None}


def main(words: Sequence[str]) -> None:
    """Serve on the address of a command line, by default that of the settings."""
    settings = load_settings()
    parser = argparse.ArgumentParser(prog="python -m serving.launch")
    parser.add_argument("--host", default=settings.serving.host)
    parser.add_argument("--port", type=int, default=settings.serving.port)
    parser.add_argument("--no-tls", action="store_true", help="plain HTTP, for who asks on this machine alone")
    given = parser.parse_args(words)
    serve(settings, given.host, given.port, has_tls=not given.no_tls)


if __name__ == "__main__":
    main(sys.argv[1:])
