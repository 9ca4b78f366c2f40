"""boto3 clients and resources against the endpoint under test."""

import os

import boto3
from botocore.config import Config

REGION = "us-east-1"
ACCESS_KEY = "AKIACONFORMANCE"
SECRET_KEY = "conformance-secret"


def credentials_environment(endpoint):
    """The environment that any AWS client (CLI, SDK) needs to reach the endpoint."""
    return {
        **os.environ,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        "AWS_ENDPOINT_URL_DYNAMODB": endpoint,
        "SKERRY_ENDPOINT": endpoint,
    }


def _arguments(endpoint, **config):
    return {
        "endpoint_url": endpoint,
        "region_name": REGION,
        "aws_access_key_id": ACCESS_KEY,
        "aws_secret_access_key": SECRET_KEY,
        "config": Config(retries={"total_max_attempts": 1}, read_timeout=60, **config),
    }


def make_client(endpoint, service="dynamodb", **config):
    """Without retries: a 500 that a retry would hide is a failure here."""
    return boto3.session.Session().client(service, **_arguments(endpoint, **config))


def make_resource(endpoint):
    return boto3.session.Session().resource("dynamodb", **_arguments(endpoint))
