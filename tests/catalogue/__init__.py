"""What staff do to the catalogue, against a real MongoDB."""
