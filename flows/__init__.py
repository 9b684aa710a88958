"""Orchestration: the monthly retraining flow, MLflow, gates, promotion, status, and the command line ``sdai``.

This is the only floor that wires the others together; nothing below imports it.
"""
