"""What the project runs on: Terraform modules, containers, and what they cost. Imports nothing but settings."""
