"""The compiled executor: operations become Python that is made for them, once."""

from gateway.execution.documents import Document, Documents, find_operation
from gateway.execution.engine import Compiled, Engine

__all__ = ["Compiled", "Document", "Documents", "Engine", "find_operation"]
