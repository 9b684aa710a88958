"""What each part of a model buys: the model is trained without it and both answer the same validation entries."""
