"""Accounts: who may sign in, as whom, and what the shop knows about them."""
