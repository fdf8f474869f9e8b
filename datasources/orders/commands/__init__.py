"""What can be done to orders: each command is one transaction of OrderDb, with its history and outbox rows in it."""
