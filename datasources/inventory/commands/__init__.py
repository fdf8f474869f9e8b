"""Changes of the inventory, each one transaction."""
