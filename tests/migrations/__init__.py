"""Tests of the PostgreSQL schemas and of the runner that brings databases to them."""
