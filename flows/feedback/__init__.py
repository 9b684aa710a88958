"""Reports of clients on answers: what the engine says of them, clusters of alike ones, entries for the next dataset."""
