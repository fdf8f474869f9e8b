"""Reviews in the schema."""
