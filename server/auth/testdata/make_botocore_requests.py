#!/usr/bin/env python3
"""Writes botocore_requests.txt: requests as botocore's own signers sign them.

Needs the package botocore. Each record is a line `@name size`, then the request's bytes as they
would go over the wire, then a line feed. The time and the keys are those of authenticator_test.cc.
"""

import datetime
import pathlib
from unittest import mock
from urllib.parse import urlsplit

import botocore
from botocore.auth import SigV4Auth, SigV4QueryAuth, UNSIGNED_PAYLOAD
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

NOW = datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)
PLAIN = Credentials('AKIDPLAIN', 'plain/secret+key')
SESSION = Credentials('ASIASESSION', 'session-secret', 'the/session+token==')
TARGET = {'X-Amz-Target': 'DynamoDB_20120810.GetItem', 'Content-Type': 'application/x-amz-json-1.0'}


class UnsignedPayload(SigV4Auth):
    def payload(self, request):
        return UNSIGNED_PAYLOAD


def sign(signer, credentials, method='POST', path='/', body='{}', headers=TARGET, **more):
    request = AWSRequest(method, 'http://localhost:8000' + path, headers=dict(headers), data=body)
    request.headers['Host'] = 'localhost:8000'
    with mock.patch('botocore.auth.get_current_datetime', return_value=NOW):
        signer(credentials, 'dynamodb', more.pop('region', 'us-east-1'), **more).add_auth(request)
    parts = urlsplit(request.url)
    target = parts.path + ('?' + parts.query if parts.query else '')
    # A presigning signer moves what it can of the body into the query.
    body = (request.data or '').encode()
    lines = [f'{method} {target} HTTP/1.1']
    lines += [f'{name}: {value}' for name, value in request.headers.items()]
    lines.append(f'Content-Length: {len(body)}')
    return '\r\n'.join(lines).encode() + b'\r\n\r\n' + body


def records():
    yield 'header', sign(SigV4Auth, PLAIN)
    yield 'session_token', sign(SigV4Auth, SESSION)
    yield 'empty_body', sign(SigV4Auth, PLAIN, body='')
    yield 'body_beyond_ascii', sign(SigV4Auth, PLAIN, body='{"k":"ä€😀"}')
    yield 'other_region', sign(SigV4Auth, PLAIN, region='localhost')
    yield 'spaces_in_headers', sign(SigV4Auth, PLAIN, headers={**TARGET, 'X-Amz-Meta': '  a   b  c '})
    yield 'odd_path', sign(SigV4Auth, PLAIN, method='GET', path='/a%20b/./c/../d//e%2Ff~/', body='')
    yield 'odd_query', sign(SigV4Auth, PLAIN, method='GET', body='',
                            path='/?b=2&a=%20x&a=&B=1&c%2Fd=e%3Df&a=%E2%82%AC')
    yield 'unsigned_payload', sign(UnsignedPayload, PLAIN,
                                   headers={**TARGET, 'X-Amz-Content-SHA256': UNSIGNED_PAYLOAD})
    yield 'presigned', sign(SigV4QueryAuth, PLAIN, expires=600)
    yield 'presigned_get', sign(SigV4QueryAuth, PLAIN, method='GET', path='/x?y=z', body='',
                                headers={}, expires=60)
    yield 'presigned_session', sign(SigV4QueryAuth, SESSION, expires=600)


def main():
    out = b''
    for name, request in records():
        out += f'@{name} {len(request)}\n'.encode() + request + b'\n'
    path = pathlib.Path(__file__).with_name('botocore_requests.txt')
    path.write_bytes(out)
    print(f'{path.name}: written with botocore {botocore.__version__}')


if __name__ == '__main__':
    main()
