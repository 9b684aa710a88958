"""Rollouts of model versions: a pure core that decides, and what carries its decisions out."""
