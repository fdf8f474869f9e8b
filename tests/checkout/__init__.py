"""Tests of buying, cancelling and paying back: what holds whatever dies, and whoever does it at once."""
