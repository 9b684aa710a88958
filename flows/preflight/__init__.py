"""The launch checklist: each item answered by evidence, or named as one that only people can answer."""
