"""The compiled executor: operations become Python that is made for them, once."""

from gateway.execution.documents import Document, Documents, Operation
from gateway.execution.engine import JSON_OPTIONS, Compiled, Engine

__all__ = ["JSON_OPTIONS", "Compiled", "Document", "Documents", "Engine", "Operation"]
