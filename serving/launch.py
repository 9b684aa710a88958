"""Starting the service: ``python -m serving.launch serve …`` is ``bentoml serve …`` but for its end.

BentoML's parent process keeps the listening socket open until its workers are gone. A client that connects meanwhile
is let in by the kernel, answered by nobody and cut off in the end. Here the parent closes the socket before it tells
the workers to end, so that such a client is refused at once and can turn to another instance.
"""

from typing import Any


def close_before_stopping() -> None:
    """Have circus, which watches BentoML's workers, close the listening sockets before it stops them."""
    from circus.arbiter import Arbiter

    stop = Arbiter.stop

    def close_and_stop(arbiter: Any, *args: Any, **kwargs: Any) -> Any:
        arbiter.sockets.close_all()
        return stop(arbiter, *args, **kwargs)

    Arbiter.stop = close_and_stop


def main() -> None:
    """Run BentoML's command line."""
    from bentoml_cli.cli import cli

    close_before_stopping()
    cli()


if __name__ == "__main__":
    main()
