"""One line for errors that are the user's to mend; a trace only for faults of the program."""

import os
from typing import Any

import typer
from typer.core import TyperGroup

DEBUG_VARIABLE = "SDAI_DEBUG"


def explain(error: BaseException) -> str | None:
    """Return the line to show for an error of this project or its settings; None for any other."""
    from pydantic import ValidationError

    from configs import SettingsError
    from data_validation.errors import DataError
    from flows.errors import FlowError
    from infra.errors import InfraError
    from serving.errors import ServingError
    from structural.errors import StructuralError
    from training.errors import TrainingError

    own = (FlowError, DataError, InfraError, ServingError, StructuralError, TrainingError, SettingsError)
    if isinstance(error, own):
        return str(error)
    if isinstance(error, ValidationError):
        places = "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors())
        return f"settings {error.title}: {places}"
    return None


class FriendlyGroup(TyperGroup):
    """A command group that ends with exit code 1 and one line where `explain` has one."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except Exception as error:
            line = explain(error)
            if line is None or os.environ.get(DEBUG_VARIABLE):
                raise
            typer.echo(f"error: {line}", err=True)
            raise typer.Exit(1) from error


class DefaultCommandGroup(FriendlyGroup):
    """A command group that reads what is none of its commands as arguments of its command ``show``."""

    DEFAULT = "show"

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the default command before arguments that name none."""
        if not args or (args[0] not in self.commands and args[0] not in ctx.help_option_names):
            args = [self.DEFAULT, *args]
        return super().parse_args(ctx, args)
