"""Measures servers that speak DynamoDB's API; see README.md."""
