"""Tests of the batch loader, and of the contract that every loader keeps."""
