"""Payments in the schema."""
