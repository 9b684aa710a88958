"""``python -m flows.cli`` is ``sdai``."""

from flows.cli.commands import app

if __name__ == "__main__":
    app()
