"""Hostile requests to the running service: bodies, tokens, and bytes that are no HTTP."""
