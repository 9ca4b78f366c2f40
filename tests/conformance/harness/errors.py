"""Asserting on errors as a client sees them."""

import contextlib

import pytest
from botocore.exceptions import ClientError


class Caught:
    """Filled when the block has failed as expected."""

    code = message = status = response = exception = None


@contextlib.contextmanager
def expect_error(code, *parts, status=400):
    """The block fails with this code and status, and a message that holds every part.

    A part that is a tuple (see messages.py) lists wordings of which one must be there.
    """
    caught = Caught()
    with pytest.raises(ClientError) as info:
        yield caught
    caught.exception = info.value
    caught.response = info.value.response
    caught.code = caught.response["Error"]["Code"]
    caught.message = caught.response["Error"].get("Message", "")
    caught.status = caught.response["ResponseMetadata"]["HTTPStatusCode"]
    assert caught.code == code, f"{caught.code}: {caught.message}"
    assert caught.status == status
    for part in parts:
        wordings = part if isinstance(part, tuple) else (part,)
        assert any(wording in caught.message for wording in wordings), caught.message


def expect_invalid(*parts):
    return expect_error("ValidationException", *parts)
