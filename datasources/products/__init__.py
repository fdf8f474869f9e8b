"""The catalogue: products, what arranges them, and what is said about them."""
