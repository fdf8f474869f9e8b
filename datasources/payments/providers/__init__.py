"""Payment providers: what all of them can do, and those that there are."""
