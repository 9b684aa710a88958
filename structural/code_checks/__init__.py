"""The registry of the 47 core checks and their evaluation; see `registry`."""
