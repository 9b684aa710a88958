"""The one middleware around the service: ids, tokens, limits, deadline, problem+json, one log line and figures."""

from serving.edge.middleware import Edge, EdgeLimits
from serving.edge.state import EdgeParts, EdgeState

__all__ = ["Edge", "EdgeLimits", "EdgeParts", "EdgeState"]
