"""The walk of botocore's service models."""
