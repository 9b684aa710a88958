"""The registry of the 60 code checks and their evaluation; see `registry`."""
