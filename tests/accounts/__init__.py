"""Tests of the commands on accounts, against a user database, a Redis and a notification database of their own."""
