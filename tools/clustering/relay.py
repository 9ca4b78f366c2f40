"""Relays between the nodes of a cluster that shares one network: `relay.py DIRECTORY NODE:PORT:TARGET...`.

Listens on each PORT for the node's peers and hands on to its TARGET port. Who dials is found out from the
socket's owner in /proc, since addresses do not tell. What is cut is held back, not thrown away: to TCP, a
partition that heals is a delay. A dial waits while either direction is cut.
"""

import asyncio
import json
import os
import pathlib
import sys

if not __package__:  # Run by its path, as a process of its own.
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from clustering import processes  # noqa: E402
from clustering.networks import control_address  # noqa: E402

CHUNK = 1 << 16
LOOPBACK = '0100007F'


def socket_inode(table, local_port, remote_port):
    """The inode of the socket with these ports on 127.0.0.1, in the text of /proc/net/tcp."""
    local, remote = f'{LOOPBACK}:{local_port:04X}', f'{LOOPBACK}:{remote_port:04X}'
    for line in table.splitlines()[1:]:
        fields = line.split()
        if fields[1:3] == [local, remote]:
            return fields[9]
    return None


def owner(directory, inode):
    """The member of the cluster that holds the socket; None for anyone else."""
    for member, process in processes.find(directory).items():
        folder = f'/proc/{process.pid}/fd'
        try:
            for name in os.listdir(folder):
                if os.readlink(f'{folder}/{name}') == f'socket:[{inode}]':
                    return member
        except OSError:
            continue  # It ended, or closed a descriptor meanwhile.
    return None


class Relay:
    def __init__(self, directory):
        self._directory = directory
        self._cut = set()
        self._changed = asyncio.Event()

    def cut(self, pairs):
        self._cut = {tuple(pair) for pair in pairs}
        self._changed.set()
        self._changed = asyncio.Event()

    async def passable(self, *pairs):
        while any(pair in self._cut for pair in pairs):
            await self._changed.wait()

    def serve(self, node, port, target):
        async def accept(reader, writer):
            try:
                await self._relay(node, port, target, reader, writer)
            except OSError:
                pass  # The node is down, or one side is gone.
            finally:
                writer.close()
        return asyncio.start_server(accept, '127.0.0.1', port)

    async def _relay(self, node, port, target, reader, writer):
        dialler = self._dialler(writer.get_extra_info('peername')[1], port)
        there, back = (dialler, node), (node, dialler)
        await self.passable(there, back)
        far_reader, far_writer = await asyncio.open_connection('127.0.0.1', target)
        try:
            await asyncio.gather(self._carry(reader, far_writer, there),
                                 self._carry(far_reader, writer, back))
        finally:
            far_writer.close()

    def _dialler(self, local_port, remote_port):
        table = pathlib.Path('/proc/net/tcp').read_text()
        member = owner(self._directory, socket_inode(table, local_port, remote_port))
        return int(member) if member and member.isdigit() else None

    async def _carry(self, reader, writer, pair):
        while data := await reader.read(CHUNK):
            await self.passable(pair)
            writer.write(data)
            await writer.drain()
        await self.passable(pair)  # That the sender closed is news as well.
        writer.close()

    async def control(self, reader, writer):
        question = json.loads(await reader.readline())
        if 'cut' in question:
            self.cut(question['cut'])
        writer.write(b'done\n')
        await writer.drain()
        writer.close()


async def main(directory, pairs):
    relay = Relay(directory)
    servers = [await relay.serve(*map(int, pair.split(':'))) for pair in pairs]
    servers.append(await asyncio.start_unix_server(relay.control, control_address(directory)))
    await asyncio.gather(*(server.serve_forever() for server in servers))


if __name__ == '__main__':
    asyncio.run(main(sys.argv[1], sys.argv[2:]))
