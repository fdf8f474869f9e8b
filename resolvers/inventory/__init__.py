"""Stock in the schema."""
