"""Messages to customers: templates, preferences, and what became of each."""
