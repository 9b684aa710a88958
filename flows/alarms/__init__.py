"""The watch over the four alarms: reading the figures, raising and clearing, and what each alarm does."""
