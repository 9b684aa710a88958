"""The quarterly growth of the dataset: variants of the models, and what it all costs."""
