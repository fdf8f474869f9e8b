"""The tests of the whole repository, one folder for each subject."""
