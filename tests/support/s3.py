"""A real S3 server (SeaweedFS), on ports of its own, and what it has been asked."""

import re
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.support.programs import weed

KEY, SECRET = "sweep-test", "sweep-test-secret"
IDENTITIES = (
    f'{{"identities": [{{"name": "test", "credentials": [{{"accessKey": "{KEY}", "secretKey": "{SECRET}"}}],'
    ' "actions": ["Admin", "Read", "Write", "List", "Tagging"]}]}'
)
ENVIRONMENT = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_ENDPOINT_URL", "AWS_REGION")
START = 60.0  # seconds that it may take to answer


class Server:
    """A server with one bucket, `catalogs`. Killed, it keeps its data and can be started again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        names = ("master", "volume", "filer", "s3")
        self._ports = dict(zip([*names, *(f"{n}.grpc" for n in names), "metrics"], free(9), strict=True))
        self.url, self.endpoint = "s3://catalogs", f"http://127.0.0.1:{self._ports['s3']}"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> dict[str, str]:
        """Environment variables that a user sets to reach it."""
        return dict(zip(ENVIRONMENT, (KEY, SECRET, self.endpoint, "us-east-1"), strict=True))

    def start(self) -> None:
        (self.folder / "data").mkdir(parents=True, exist_ok=True)
        (self.folder / "s3.json").write_text(IDENTITIES)
        port = self._ports
        command = [
            str(weed()), "server", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-dir={self.folder / 'data'}", "-filer",
            "-s3", f"-s3.config={self.folder / 's3.json'}", "-s3.iam=false", "-s3.port.iceberg=0", "-s3.port.lance=0",
            "-master.telemetry=false",
            "-master.volumeSizeLimitMB=64", "-volume.max=8", "-volume.preStopSeconds=0",
            *(f"-{name}.port={port[name]}" for name in ("master", "volume", "filer", "s3")),
            *(f"-{name}.port.grpc={port[f'{name}.grpc']}" for name in ("master", "volume", "filer", "s3")),
            f"-s3.localSocket={self.folder / 's3.sock'}", f"-metricsPort={port['metrics']}", "-metricsIp=127.0.0.1",
        ]  # fmt: skip
        log = (self.folder / "server.log").open("ab")
        self.process = subprocess.Popen(command, cwd=self.folder, stdout=log, stderr=log, start_new_session=True)
        log.close()
        self._await()

    def _await(self) -> None:
        """Until a file can be written and read."""
        import obstore
        from obstore.exceptions import BaseError
        from obstore.store import S3Store

        config = {"access_key_id": KEY, "secret_access_key": SECRET, "endpoint": self.endpoint, "region": "us-east-1"}
        store = S3Store("catalogs", config=config, client_options={"allow_http": True}, retry_config={"max_retries": 0})
        deadline = time.monotonic() + START
        while True:
            with suppress(BaseError, OSError):
                obstore.put(store, "ready", b"ready")
                return
            log_text = (self.folder / "server.log").read_text()[-2000:]
            assert self.process and self.process.poll() is None and time.monotonic() < deadline, log_text
            time.sleep(0.1)

    def kill(self) -> None:
        """At once, as a machine that loses power."""
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None

    def gets(self) -> int:
        """Number of GET requests that it has counted."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self._ports['metrics']}/metrics", timeout=10) as answer:
            counters = re.findall(
                r"^SeaweedFS_s3_request_total\{([^}]*)\} (\S+)$", answer.read().decode(), re.MULTILINE
            )
        return sum(int(float(count)) for labels, count in counters if 'type="GET"' in labels)


@contextmanager
def serving(folder: Path) -> Iterator[Server]:
    server = Server(folder)
    try:
        server.start()
        yield server
    finally:
        server.kill()


def free(count: int) -> list[int]:
    """Ports that nobody listens at."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def upload(server: Server, catalog: Path, name: str) -> str:
    """Copy a catalog into the bucket; gives its URL."""
    from sweep.common.object_store import ObjectStore

    url = f"{server.url}/{name}"
    store = ObjectStore(url)
    for path in sorted(p for p in catalog.rglob("*") if p.is_file()):
        store.put(path.relative_to(catalog).as_posix(), path)
    return url
