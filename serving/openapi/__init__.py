"""The service's own description (OpenAPI 3.1) and the page for people, made from the schemas and the routes."""

from serving.openapi.document import build_document
from serving.openapi.pages import build_pages

__all__ = ["build_document", "build_pages"]
