"""Runs each client's suite with that client's own test runner, and counts."""
