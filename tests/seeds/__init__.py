"""The demo shop: what is in it, that it adds up, and that it is always the same."""
