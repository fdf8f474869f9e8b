"""Users in the schema."""
