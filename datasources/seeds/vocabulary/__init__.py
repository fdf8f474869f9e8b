"""The words that the demo shop is made of."""
