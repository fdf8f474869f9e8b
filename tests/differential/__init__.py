"""Differential tests: the compiled executor held against graphql-core."""
