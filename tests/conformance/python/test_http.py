"""HTTP itself: methods, headers, checksums, compression, connections, limits."""

import gzip
import json
import socket
import zlib

import pytest

from harness.rawhttp import read_answer
from harness.values import N, S


@pytest.fixture
def item(client, hash_table, pk):
    """GetItem's body for an item that is there."""
    client.put_item(TableName=hash_table, Item={"pk": S(pk), "n": N(7)})
    return {"TableName": hash_table, "Key": {"pk": S(pk)}}


def number(answer):
    assert answer.status == 200, answer.body
    return answer.json["Item"]["n"]["N"]


@pytest.mark.local_differs("answers 400")
@pytest.mark.parametrize("path", ["/", "/healthz"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_unsigned_health(raw, method, path):
    assert raw.send(method, path).status == 200


def test_headers_of_an_answer(raw, item):
    answer = raw.call("GetItem", item)
    assert number(answer) == "7"
    assert answer.headers["content-type"] == "application/x-amz-json-1.0"
    assert int(answer.headers["content-length"]) == len(answer.body)
    assert answer.headers["x-amzn-requestid"]


def test_checksum_of_an_answer(raw, item):
    assert raw.call("GetItem", item).crc_is_right()


@pytest.mark.local_differs("sends no checksum with errors")
def test_checksum_of_an_error(raw):
    answer = raw.call("GetItem", {"TableName": "no-such-table-at-all", "Key": {"pk": S("x")}})
    assert answer.status == 400 and answer.crc_is_right()


def test_request_ids_differ(raw, item):
    ids = {raw.call("GetItem", item).headers["x-amzn-requestid"] for _ in range(20)}
    assert len(ids) == 20


@pytest.mark.parametrize("encoding, encode", [("gzip", gzip.compress), ("deflate", zlib.compress)])
@pytest.mark.local_differs("reads no compressed bodies")
def test_compressed_request_bodies(raw, item, encoding, encode):
    body = encode(json.dumps(item).encode())
    assert number(raw.call("GetItem", body, {"Content-Encoding": encoding})) == "7"


@pytest.mark.local_differs("reads no compressed bodies")
@pytest.mark.parametrize("body", [b"not gzip", gzip.compress(b"{}")[:-6], b""])
def test_broken_compression(raw, body):
    assert raw.call("ListTables", body, {"Content-Encoding": "gzip"}).status == 400


@pytest.mark.local_differs("reads no compressed bodies")
def test_a_bomb_is_refused(raw):
    body = gzip.compress(b"{" + b" " * 200_000_000 + b"}", 1)
    assert raw.call("ListTables", body, {"Content-Encoding": "gzip"}).status in (400, 413)


@pytest.mark.local_differs("compresses nothing")
def test_large_answers_are_compressed_when_asked_for(raw, client, hash_table, pk):
    client.put_item(TableName=hash_table, Item={"pk": S(pk), "v": S("x" * 50_000)})
    body = {"TableName": hash_table, "Key": {"pk": S(pk)}}
    answer = raw.call("GetItem", body, {"Accept-Encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.crc_is_right(), "the checksum is of what was sent"
    item = json.loads(gzip.decompress(answer.body))["Item"]
    assert item["v"] == S("x" * 50_000)
    plain = raw.call("GetItem", body, {"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers and plain.json["Item"] == item


def test_keep_alive(raw, item):
    with raw.socket() as connection:
        for _ in range(5):
            connection.sendall(raw.wire_request("GetItem", item))
            assert number(read_answer(connection)) == "7"


def test_pipelining_answers_in_order(raw, client, hash_table, pk):
    wire = b""
    for i in range(20):
        key = {"pk": S(f"{pk}-{i}")}
        client.put_item(TableName=hash_table, Item={**key, "n": N(i)})
        wire += raw.wire_request("GetItem", {"TableName": hash_table, "Key": key})
    with raw.socket() as connection:
        connection.sendall(wire)
        stream = connection.makefile("rb")
        found = []
        for _ in range(20):
            assert b" 200 " in stream.readline()
            headers = dict(line.decode().strip().lower().split(": ", 1)
                           for line in iter(stream.readline, b"\r\n"))
            found.append(json.loads(stream.read(int(headers["content-length"]))))
    assert [answer["Item"]["n"]["N"] for answer in found] == [str(i) for i in range(20)]


def test_connection_close(raw, item):
    wire = raw.wire_request("GetItem", item).replace(
        b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1)
    with raw.socket() as connection:
        connection.sendall(wire)
        received = b"".join(iter(lambda: connection.recv(65536), b""))
    assert received.startswith(b"HTTP/1.1 200") and received.endswith(b"}")


def test_chunked_request_body(raw, item):
    head, _, body = raw.wire_request("GetItem", item).partition(b"\r\n\r\n")
    head = b"\r\n".join(line for line in head.split(b"\r\n")
                        if not line.lower().startswith(b"content-length"))
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part)
                      for part in (body[:10], body[10:11], body[11:])) + b"0\r\n\r\n"
    with raw.socket() as connection:
        connection.sendall(head + b"\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks)
        assert number(read_answer(connection)) == "7"


def test_expect_continue(raw, item):
    head, _, body = raw.wire_request("GetItem", item).partition(b"\r\n\r\n")
    with raw.socket() as connection:
        connection.sendall(head + b"\r\nExpect: 100-continue\r\n\r\n")
        connection.settimeout(10)
        assert connection.recv(65536).startswith(b"HTTP/1.1 100")
        connection.sendall(body)
        assert number(read_answer(connection)) == "7"


def test_a_request_in_single_bytes(raw, item):
    with raw.socket() as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in raw.wire_request("GetItem", item):
            connection.send(bytes([byte]))
        assert number(read_answer(connection)) == "7"


def test_a_client_that_leaves_harms_nobody(raw, item):
    wire = raw.wire_request("GetItem", item)
    for cut in (1, 50, len(wire) - 1, len(wire)):
        with raw.socket() as connection:
            connection.sendall(wire[:cut])
    assert number(raw.call("GetItem", item)) == "7"


@pytest.mark.local_differs("takes bodies of any size")
def test_oversized_body(raw, item):
    """17 MB: more than any operation's limit. The answer may come before the whole body is sent."""
    try:
        answer = raw.call("GetItem", b'{"TableName":"' + b"x" * 17_000_000 + b'"}')
    except (BrokenPipeError, ConnectionResetError):
        pass  # Refused and closed while we were still sending.
    else:
        assert answer.status in (400, 413)
    assert number(raw.call("GetItem", item)) == "7"


@pytest.mark.parametrize("head", [
    b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + b"x" * 1_000_000 + b"\r\n\r\n",
    b"GET / HTTP/1.1\r\n" + b"".join(b"X-%d: y\r\n" % i for i in range(100_000)) + b"\r\n",
    b"GET /" + b"x" * 1_000_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    b"NONSENSE\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n",
    pytest.param(
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
        marks=pytest.mark.local_differs("answers 500")),
], ids=["long header", "many headers", "long target", "nonsense", "TLS", "negative length",
        "huge length", "huge chunk"])
def test_impossible_requests(raw, item, head):
    with raw.socket() as connection:
        connection.settimeout(10)
        try:
            connection.sendall(head)
            connection.shutdown(socket.SHUT_WR)
            received = connection.recv(65536)
        except TimeoutError:
            pytest.fail("neither an answer nor an end of the connection")
        except OSError:
            received = b""  # Closed while we were still sending.
    assert received == b"" or received.split()[1][:1] == b"4", received[:200]
    assert number(raw.call("GetItem", item)) == "7"


@pytest.mark.local_differs("answers 400 or 500")
@pytest.mark.parametrize("method, path", [("PUT", "/"), ("DELETE", "/"), ("GET", "/nowhere")])
def test_other_methods_and_paths(raw, method, path):
    assert raw.send(method, path).status in (400, 403, 404, 405)


@pytest.mark.local_differs("separates accounts and regions unless told not to")
def test_any_region_and_key_see_the_same_tables(endpoint, client, hash_table):
    import boto3
    for region, key in (("localhost", "local"), ("eu-west-1", "AKIAOTHER"), ("us-east-1", "x")):
        other = boto3.session.Session().client(
            "dynamodb", endpoint_url=endpoint, region_name=region, aws_access_key_id=key,
            aws_secret_access_key="any")
        assert (other.describe_table(TableName=hash_table)["Table"]["TableArn"]
                == client.describe_table(TableName=hash_table)["Table"]["TableArn"])


@pytest.mark.local_differs("sends these headers only when started with -cors")
def test_cors(raw, item):
    preflight = raw.send("OPTIONS", "/", headers={
        "Origin": "http://console.example", "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type,x-amz-date,x-amz-target"})
    assert preflight.status in (200, 204)
    assert preflight.headers["access-control-allow-origin"] in ("*", "http://console.example")
    assert "POST" in preflight.headers["access-control-allow-methods"]
    allowed = preflight.headers["access-control-allow-headers"].lower()
    assert allowed == "*" or "x-amz-target" in allowed
    answer = raw.call("GetItem", item, {"Origin": "http://console.example"})
    assert answer.headers["access-control-allow-origin"] in ("*", "http://console.example")
