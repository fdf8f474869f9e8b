"""The checkout in the schema: from a cart to an order that is paid."""
