"""Tests of what moves stock."""
