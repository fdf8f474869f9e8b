"""Whatever touches more than one service: composes their loaders, queries and commands."""
