"""The weekly look at what was asked and answered."""
