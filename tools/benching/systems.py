"""The servers that are measured: how each is started, watched and ended."""

import os
import pathlib
import shlex
import shutil
import signal
import subprocess
import tempfile
import time

from support import oracle

from . import process
from .client import ApiError, Client

ROOT = pathlib.Path(__file__).resolve().parents[2]
START_SECONDS_MAX = 60


class StartFailed(Exception):
    pass


class System:
    """One server. Subclasses say by `command` how it is started; `port` and `folder` are its own.

    The folder lives from construction to close() and outlasts stop() and start(), so that a start on
    existing data can be measured."""

    speaks_dynamodb = True
    keeps_data = False  # over a stop and a start

    def __init__(self, name, port):
        self.name = name
        self.port = port
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix=f'bench-{name}-', dir=scratch_folder()))
        self._process = None

    def command(self):
        raise NotImplementedError

    def directory(self):
        """The working directory."""
        return self.folder

    def start(self):
        """Starts the server and returns the seconds until its first answer."""
        command = self.command()
        with open(self.folder / 'server.log', 'ab') as log:
            started = time.monotonic()
            self._process = subprocess.Popen(command, cwd=self.directory(), stdout=log, stderr=log,
                                             stdin=subprocess.DEVNULL, start_new_session=True)
        while not self.answers():
            if self._process.poll() is not None or time.monotonic() - started > START_SECONDS_MAX:
                log_text = (self.folder / 'server.log').read_text(errors='replace')[-2000:]
                self.stop(signal.SIGKILL)
                raise StartFailed(f'{self.name} does not start: {shlex.join(command)}\n{log_text}')
            time.sleep(0.0005)
        return time.monotonic() - started

    def answers(self):
        client = Client(self.port)
        try:
            client.call('ListTables')
            return True
        except (OSError, ApiError):
            return False
        finally:
            client.close()

    def stop(self, how=signal.SIGTERM):
        """Ends the server; returns when it is gone."""
        if self._process is None:
            return
        self._process.send_signal(how)
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._process = None

    def close(self):
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def cpu_seconds(self):
        return process.cpu_seconds(self._process.pid)

    def resident_mb(self):
        return process.resident_mb(self._process.pid)

    def peak_mb(self):
        return process.peak_mb(self._process.pid)


class Skerry(System):
    """skerryd as tools/build made it, durable: every write is synced before its answer."""

    binary = ROOT / 'build/release/bin/skerryd'
    flags = ()
    keeps_data = True

    def command(self):
        if not self.binary.exists():
            raise StartFailed(f'{self.name}: {self.binary} is missing; run tools/build')
        return [str(self.binary), '--port', str(self.port), '--admin-port', str(self.port + 50),
                '--data-dir', str(self.folder / 'data'), *self.flags]


class SkerryInMemory(Skerry):
    flags = ('--in-memory',)
    keeps_data = False


class DynamoDbLocal(System):
    """Amazon's DynamoDB Local, in memory, from Maven."""

    def command(self):
        return oracle.command(dynamodb_local_home(), self.port)


class Nginx(System):
    """nginx with a fixed body of 1 KiB: what this machine's kernel and wrk allow at most."""

    speaks_dynamodb = False

    def command(self):
        body = 'x' * 1024
        paths = ''.join(f'  {kind}_temp_path {self.folder}/{kind};\n' for kind in
                        ('client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'))
        (self.folder / 'nginx.conf').write_text(
            f'daemon off;\npid {self.folder}/nginx.pid;\nerror_log stderr;\n'
            f'worker_processes auto;\nevents {{ worker_connections 1024; }}\n'
            f'http {{\n  access_log off;\n  keepalive_requests 1000000000;\n{paths}'
            f'  server {{\n    listen 127.0.0.1:{self.port};\n    location / {{\n'
            f'      default_type application/x-amz-json-1.0;\n      return 200 "{body}";\n'
            '    }\n  }\n}\n')
        return [shutil.which('nginx') or '/usr/sbin/nginx', '-p', str(self.folder),
                '-c', str(self.folder / 'nginx.conf')]

    def answers(self):
        return _accepts(self)


class Other(System):
    """A server named on the command line; {port} and {dir} stand for its port and folder."""

    keeps_data = True

    def __init__(self, name, port, template):
        super().__init__(name, port)
        self._template = template

    def command(self):
        text = self._template.replace('{port}', str(self.port)).replace('{dir}', str(self.folder))
        return shlex.split(text)


KINDS = {
    'skerry': Skerry,
    'skerry-memory': SkerryInMemory,
    'dynamodb-local': DynamoDbLocal,
    'nginx': Nginx,
}
BASELINE = 'dynamodb-local'


def _accepts(system):
    client = Client(system.port)
    try:
        client.call('Any')
    except OSError:
        return False
    except (ApiError, ValueError):
        pass
    finally:
        client.close()
    return True


def scratch_folder():
    """On the disk of the build, since /tmp may be memory and would make fsync free."""
    folder = ROOT / 'build' / 'bench'
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def dynamodb_local_home():
    """The folder with DynamoDB Local's jars: a given one, or Maven's, fetched once."""
    given = os.environ.get('SKERRY_DYNAMODB_LOCAL')
    return pathlib.Path(given).resolve() if given else oracle.fetch()
