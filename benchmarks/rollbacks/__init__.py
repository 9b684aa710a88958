"""Bad versions of a model, real ones, and clients that meet them."""
