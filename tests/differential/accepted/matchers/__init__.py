"""Functions of (request, ours, theirs): both outcomes without one difference, or None."""
