"""What can be done to the catalogue and to its reviews, one module per subject; a command is one transaction."""
