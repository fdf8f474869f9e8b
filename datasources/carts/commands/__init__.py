"""Changes of carts, each one step in Redis and then, for a customer's, one transaction in CartDb."""
