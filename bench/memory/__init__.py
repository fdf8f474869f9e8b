"""A small shop in memory, so that only a server's own work is measured: the same ready objects in every contender."""
