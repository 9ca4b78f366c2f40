"""Draws sequences of requests: `sequences.draw(seed, number, length)`."""
