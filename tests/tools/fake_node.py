#!/usr/bin/env python3
"""Stands in for skerryd where tools/cluster is tested: takes the same flags, joins the same way, stores nothing.

The admin port answers /readyz, /cluster (node 1 counts who joined) and /reaches: the peers whose number can
be asked for at this moment.
"""

import argparse
import http.server
import json
import pathlib
import socket
import sys
import threading
import time

DIAL_SECONDS = 0.3


def parse():
    parser = argparse.ArgumentParser()
    for name in ('--data-dir', '--address', '--admin-address', '--peer-address', '--advertise',
                 '--join', '--memory'):
        parser.add_argument(name)
    for name in ('--port', '--admin-port', '--peer-port'):
        parser.add_argument(name, type=int)
    parser.add_argument('--fail', action='store_true', help='end at once with a message')
    return parser.parse_args()


def ask(peer, line):
    """Sends a line to a peer's address and returns the line that comes back."""
    host, _, port = peer.rpartition(':')
    with socket.create_connection((host, int(port)), timeout=DIAL_SECONDS) as connection:
        connection.sendall(line.encode() + b'\n')
        with connection.makefile() as stream:
            return stream.readline().strip()


class Peers:
    """Whom the node knows. Node 1 hears of all; a joiner is told of those before it, and tells them."""

    def __init__(self, advertise):
        self.advertise = advertise
        self.known = {advertise} if advertise else set()

    def answer(self, line):
        word, _, peer = line.partition(' ')
        if word == 'join':
            self.known.add(peer)
            return json.dumps(sorted(self.known))
        return self.advertise

    def join(self, peers):
        while True:
            for peer in peers:
                try:
                    self.known |= set(json.loads(ask(peer, f'join {self.advertise}')))
                except (OSError, ValueError):
                    continue
                for other in self.known - {self.advertise}:
                    ask(other, f'join {self.advertise}')
                return
            time.sleep(0.01)

    def reached(self):
        found = []
        for peer in sorted(self.known - {self.advertise}):
            try:
                if ask(peer, 'who') == peer:
                    found.append(peer)
            except OSError:
                pass
        return found

    def serve(self, address, port):
        listener = socket.create_server((address, port))

        def loop():
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=self._talk, args=(connection,), daemon=True).start()
        threading.Thread(target=loop, daemon=True).start()

    def _talk(self, connection):
        with connection, connection.makefile() as stream:
            connection.sendall((self.answer(stream.readline().strip()) + '\n').encode())


def main():
    flags = parse()
    if flags.fail:
        sys.exit('asked to fail')
    pathlib.Path(flags.data_dir).mkdir(parents=True, exist_ok=True)
    peers = Peers(flags.advertise)
    if flags.peer_port:
        peers.serve(flags.peer_address, flags.peer_port)
    if flags.join:
        peers.join(flags.join.split(','))

    class Admin(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            bodies = {'/readyz': lambda: 'ready',
                      '/cluster': lambda: {'nodes': sorted(peers.known)},
                      '/reaches': peers.reached}
            body = json.dumps(bodies[self.path]()).encode()
            self.send_response(200)
            self.send_header('Content-Length', str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    http.server.ThreadingHTTPServer((flags.admin_address, flags.admin_port), Admin).serve_forever()


if __name__ == '__main__':
    main()
