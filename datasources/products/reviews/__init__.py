"""What customers say about products: what commands on reviews take and refuse, and what follows from reviews."""
