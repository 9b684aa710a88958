"""Starting the service: ``python -m serving.launch serve …`` is ``bentoml serve …`` but for its sockets and its end.

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

import os
from collections.abc import MutableMapping
from typing import Any

from configs import load_settings
from configs.settings import PROJECT_ROOT, ServingSettings

TRUSTED_PROXIES = "FORWARDED_ALLOW_IPS"
"""What uvicorn calls them; BentoML has no option for it and hands its environment on to the workers."""


def arguments(serving: ServingSettings, host: str, port: int) -> list[str]:
    """Return BentoML's command line, without the program, for an address and the settings."""
    return [
        *("serve", "serving.service:Design", "--working-dir", str(PROJECT_ROOT), "--host", host, "--port", str(port)),
        *("--timeout-graceful-shutdown", str(serving.drain_requests_s)),
        *("--timeout-keep-alive", str(serving.keep_alive_s)),
    ]


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


def main() -> None:
    """Run BentoML's command line."""
    from bentoml_cli.cli import cli

    spare_memory(os.environ)
    os.environ[TRUSTED_PROXIES] = ",".join(load_settings().serving.trusted_proxies)
    listen_apart()
    close_before_stopping()
    cli()


if __name__ == "__main__":
    main()
