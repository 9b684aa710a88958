"""The command line ``sdai``: everything a person does by hand.

Commands import what they need when they run, so that ``--help`` answers at once.
"""

from flows.cli.commands import app

__all__ = ["app"]
