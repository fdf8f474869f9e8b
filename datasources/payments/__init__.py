"""Payments: money asked for, taken and given back."""
