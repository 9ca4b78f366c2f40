"""Builds and runs the tests of the tree; see README.md."""
