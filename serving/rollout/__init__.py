"""Two versions of a model at once: who is answered by which, what is mirrored, what becomes of a canary's faults."""
