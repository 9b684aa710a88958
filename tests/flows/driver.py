"""Runs the real flow over the stand-ins in a process of its own: ``python -m tests.flows.driver``."""

from configs import load_settings
from flows.environment import prepare_environment
from flows.prefect_server import prefect_server


def main() -> None:
    """Run the flow once; errors leave by the exit code."""
    settings = load_settings()
    prepare_environment(settings)
    with prefect_server():
        from flows.cli.running import show_progress_lines
        from flows.monthly_retraining import retrain
        from tests.flows import fakes  # noqa: F401  (puts the stand-ins in place)

        show_progress_lines()
        retrain()


if __name__ == "__main__":
    main()
