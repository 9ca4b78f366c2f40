"""HTTP below the SDKs: signed requests with bodies that no SDK would send."""

import http.client
import json
import socket
import urllib.parse
import zlib

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from harness import clients

TARGET = "DynamoDB_20120810."
JSON_TYPE = "application/x-amz-json-1.0"


class Answer:
    """Status, headers and body of one answer; its checksum is verified when it carries one."""

    def __init__(self, status, headers, body):
        self.status = status
        self.headers = {name.lower(): value for name, value in headers}
        self.body = body

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def error(self):
        """The error type without its namespace."""
        return self.json["__type"].rpartition("#")[2]

    @property
    def message(self):
        return self.json.get("message", self.json.get("Message", ""))

    def crc_is_right(self):
        return int(self.headers["x-amz-crc32"]) == zlib.crc32(self.body)


class RawClient:
    """One request a connection, so that a broken one harms no other."""

    def __init__(self, endpoint, timeout=60):
        self.endpoint = endpoint
        self._parts = urllib.parse.urlsplit(endpoint)
        self._timeout = timeout

    def signed_headers(self, body, operation, headers=None):
        """Signature Version 4 over the headers that SDKs sign; None leaves a default header out."""
        all_headers = {"Content-Type": JSON_TYPE, "X-Amz-Target": TARGET + operation}
        all_headers.update(headers or {})
        all_headers = {name: value for name, value in all_headers.items() if value is not None}
        request = AWSRequest("POST", self.endpoint + "/", headers=all_headers, data=body)
        keys = Credentials(clients.ACCESS_KEY, clients.SECRET_KEY)
        SigV4Auth(keys, "dynamodb", clients.REGION).add_auth(request)
        return dict(request.headers.items())

    def call(self, operation, body, headers=None):
        """A signed POST of a body given as bytes, str or an object to be sent as JSON."""
        if not isinstance(body, (bytes, str)):
            body = json.dumps(body)
        data = body.encode() if isinstance(body, str) else body
        return self.send("POST", "/", data, self.signed_headers(data, operation, headers))

    def send(self, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection(
            self._parts.hostname, self._parts.port, timeout=self._timeout)
        try:
            connection.request(method, path, body=body, headers=headers or {})
            answer = connection.getresponse()
            return Answer(answer.status, answer.getheaders(), answer.read())
        finally:
            connection.close()

    def socket(self):
        """A bare connection, for what http.client refuses to send."""
        return socket.create_connection(
            (self._parts.hostname, self._parts.port), timeout=self._timeout)

    def wire_request(self, operation, body):
        """The bytes of a signed request, to be written to a bare connection."""
        data = json.dumps(body).encode()
        headers = {**self.signed_headers(data, operation), "Content-Length": str(len(data)),
                   "Host": self._parts.netloc}
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"POST / HTTP/1.1\r\n{head}\r\n".encode() + data


def read_answer(connection):
    """One answer from a bare connection."""
    answer = http.client.HTTPResponse(connection, method="POST")
    answer.begin()
    return Answer(answer.status, answer.getheaders(), answer.read())
