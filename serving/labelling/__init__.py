"""Live labels: what the engine can tell of answers that were given, a module a problem.

A label judges the model's own proposal, before the proof: what is served is right by then, and would hide a model that
got worse.
"""
