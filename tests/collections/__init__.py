"""Tests of the MongoDB collections and of the Redis key layout."""
