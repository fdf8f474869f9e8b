"""Tests of works over several databases: their records in OrderDb, their runner, and what survives of them."""
