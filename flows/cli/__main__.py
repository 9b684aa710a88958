"""``python -m flows.cli`` is ``sdai``."""

from flows.cli.app import app

if __name__ == "__main__":
    app()
