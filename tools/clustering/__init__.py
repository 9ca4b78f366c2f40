"""A cluster of skerryd processes on one machine; see README.md."""
