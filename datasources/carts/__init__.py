"""Shopping carts, wishlists and what was viewed: Redis first, with a durable copy in PostgreSQL."""
