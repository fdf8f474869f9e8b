"""What can be done to accounts, one module per subject; a command is one transaction with its audit and outbox rows."""
