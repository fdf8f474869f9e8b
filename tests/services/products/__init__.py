"""Tests of the product service, from its loaders to the schema."""
