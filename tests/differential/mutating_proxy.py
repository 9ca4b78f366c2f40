"""A proxy before DynamoDB Local that spoils some answers: planted faults that the harness must
find.

Each fault is a function from (operation, request body, answer body) to the spoiled answer body;
it may keep state of its own, as a fault of a database would.
"""

import http.client
import http.server
import json
import threading
import zlib

DROPPED_HEADERS = {"content-length", "x-amz-crc32", "connection", "transfer-encoding"}


def wrong_text(operation, request, answer):
    if "conditional" in answer.get("Message", ""):
        answer["Message"] += "."
    return answer


def wrong_member_name(operation, request, answer):
    if "ResourceNotFound" in answer.get("__type", ""):
        answer["text"] = answer.pop("Message")
    return answer


def wrong_prefix(operation, request, answer):
    if "ValidationException" in answer.get("__type", "") and operation == "Query":
        answer["__type"] = "com.amazonaws.dynamodb.v20120810#ValidationException"
    return answer


def lost_item_of_scan(operation, request, answer):
    if operation == "Scan" and len(answer.get("Items", [])) > 2:
        answer["Items"].pop()
    return answer


def reversed_query(operation, request, answer):
    if operation == "Query" and len(answer.get("Items", [])) > 1:
        answer["Items"].reverse()
    return answer


def lost_page(operation, request, answer):
    if operation == "Query" and "ExclusiveStartKey" in request:
        answer.pop("LastEvaluatedKey", None)
    return answer


def updated_new_is_all_new(operation, request, answer):
    if operation == "UpdateItem" and request.get("ReturnValues") == "UPDATED_NEW":
        if "Attributes" in answer:
            answer["Attributes"].update(request.get("Key", {}))
    return answer


def wrong_units(operation, request, answer):
    if operation == "GetItem" and request.get("ConsistentRead") is True:
        capacity = answer.get("ConsumedCapacity")
        if capacity:
            capacity["CapacityUnits"] /= 2
    return answer


class Forgetting:
    """Shows an item that was deleted: needs a put, a delete and a read of one key to be seen."""

    def __init__(self):
        self._deleted = {}

    def __call__(self, operation, request, answer):
        key = json.dumps([request.get("TableName"), request.get("Key")], sort_keys=True)
        if operation == "DeleteItem" and "Attributes" in answer:
            self._deleted[key] = answer["Attributes"]
        if operation == "GetItem" and answer == {} and key in self._deleted:
            if "ProjectionExpression" not in request and "AttributesToGet" not in request:
                return {"Item": self._deleted[key]}
        if operation == "DeleteTable":
            self._deleted.clear()
        return answer


FAULTS = {
    "wrong text": wrong_text,
    "wrong member name": wrong_member_name,
    "wrong prefix": wrong_prefix,
    "lost item of a scan": lost_item_of_scan,
    "reversed query": reversed_query,
    "lost page": lost_page,
    "UPDATED_NEW with the key": updated_new_is_all_new,
    "wrong units": wrong_units,
    "deleted item returns": Forgetting(),
}


def _handler(upstream_port, fault):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = 65536  # one segment for head and body: no wait for a delayed acknowledgement

        def setup(self):
            super().setup()
            self.upstream = http.client.HTTPConnection("127.0.0.1", upstream_port, timeout=60)

        def finish(self):
            self.upstream.close()
            super().finish()

        def do_POST(self):
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.upstream.request("POST", "/", body=body, headers=dict(self.headers))
            response = self.upstream.getresponse()
            self._answer(response, self._spoil(body, response.read()))

        def _spoil(self, body, answer):
            operation = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
            try:
                request, parsed = json.loads(body), json.loads(answer)
            except (ValueError, RecursionError):
                return answer
            if not isinstance(request, dict) or not isinstance(parsed, dict):
                return answer
            return json.dumps(fault(operation, request, parsed)).encode()

        def _answer(self, response, body):
            self.send_response_only(response.status)
            for name, value in response.getheaders():
                if name.lower() not in DROPPED_HEADERS:
                    self.send_header(name, value)
            if response.getheader("x-amz-crc32"):
                self.send_header("x-amz-crc32", str(zlib.crc32(body)))
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments):
            pass

    return Handler


class Proxy:
    """Serves on a port of its own until `stop`."""

    def __init__(self, upstream_port, fault):
        self._server = http.server.ThreadingHTTPServer(
            ("127.0.0.1", 0), _handler(upstream_port, fault)
        )
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self):
        self._server.shutdown()
        self._server.server_close()
