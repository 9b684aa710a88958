"""The data contract: building, splitting, validating and quarantining the dataset, and taking in a company's own data.

`build` writes it, `validation` judges it, `quarantine` moves bad rows out of it, `sources` reads files strictly.
Stands on `structural` alone.
"""
