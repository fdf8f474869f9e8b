"""Stock: what lies in which warehouse, what is promised, and why it changed."""
