"""Tests of the commands on reviews, against a product database of their own."""
