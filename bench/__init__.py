"""Measures the gateway against its peers, side by side in one run."""
