"""Tests of payments: commands, providers, webhooks, and what is promised of money whatever happens."""
