"""The catalogue in the schema: products, categories and brands."""
