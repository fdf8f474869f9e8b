"""Tests of each service: its loaders, its lists, and who may see what."""
