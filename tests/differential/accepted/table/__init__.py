"""The accepted differences, by topic."""
