"""Checks of `infra/` that need no account. They run in an environment of their own: see ``requirements.in``."""
