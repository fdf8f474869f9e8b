"""Tests of what changes carts."""
