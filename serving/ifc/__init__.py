"""Reading structural members from IFC models, in a guarded subprocess, and finding the pairs that come near."""
