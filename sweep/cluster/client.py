"""A Ray cluster seen from outside, through the one HTTP port of its head."""

# Ray's stubs leave most of it open
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false

import asyncio
import json
import logging
import os
import re
import time
import warnings
from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import contextmanager, suppress
from typing import Any, cast
from urllib.parse import urlsplit
from uuid import uuid4

from sweep.cluster.handshake import MARK, SAYS
from sweep.cluster.job import RUNNING, Job, is_sweep, job_of
from sweep.common import extras
from sweep.common.addresses import holds_secret, redact
from sweep.common.messages import Say, silent
from sweep.common.same_hashes import SAME_HASHES
from sweep.errors import InputError, Problem, SweepError, did_you_mean, shorten

HOST = re.compile(r"[\w.:%-]+")  # a name or an address
PORT = 8265  # where Ray's dashboard and its jobs are
PATIENCE = 5.0  # seconds for a first answer
START = 60.0  # seconds that a small job may take to say something
SILENCE = 30.0  # seconds that it may then be silent
POLL = 0.25  # seconds between looks at a job
GRACE = 60  # seconds that a stopped driver has before it is killed; Ray's own default is 3
LAST = 3  # lines of a log that say why something failed


class Cluster:
    """Client of a cluster. Raises InputError if it cannot be reached, SweepError if the connection is lost."""

    def __init__(self, address: str) -> None:
        extras.require("cluster", "--address")
        self.address = base(address)
        _take_token()
        self.ray_version = self._greet()
        from ray.job_submission import JobSubmissionClient

        for chatty in ("dashboard_sdk", "job.sdk"):
            logging.getLogger(f"ray.dashboard.modules.{chatty}").setLevel(logging.ERROR)
        with self._asking():
            self._client = JobSubmissionClient(self.address)
            self._client.list_jobs()

    def _greet(self) -> str:
        """The version of Ray there. Says within seconds why there is none."""
        import requests

        from sweep.executors.ray.private import token_headers

        try:
            with _tokenless():
                headers = token_headers()
            response = requests.get(f"{self.address}/api/version", headers=headers, timeout=PATIENCE)
        except requests.exceptions.SSLError:
            raise self._wrong("does not speak TLS as expected", "http:// or https://?") from None
        except requests.exceptions.ConnectionError:
            raise self._wrong("nothing answers there", "is the head up, and the tunnel or VPN to it?") from None
        except requests.exceptions.RequestException as error:
            raise self._wrong(f"gives no answer within {PATIENCE:g} s ({type(error).__name__})", "") from None
        if response.status_code in (401, 403):
            raise self._unknown(response.status_code)
        try:
            return str(response.json()["ray_version"])
        except (ValueError, KeyError, TypeError):
            rule = "answers, but is no Ray dashboard"
            raise self._wrong(rule, f"give the head's port {PORT}: http://HEAD:{PORT}") from None

    def _wrong(self, rule: str, remedy: str) -> InputError:
        return InputError(Problem("--address", rule, self.address, remedy))

    def _unknown(self, status: int) -> InputError:
        has_token = "RAY_AUTH_TOKEN" in os.environ or "RAY_AUTH_TOKEN_PATH" in os.environ
        answer = "refuses this token" if status == 403 or has_token else "wants a token, and none is given"
        return self._wrong(answer, "export RAY_AUTH_MODE=token and RAY_AUTH_TOKEN, the token of the cluster")

    @contextmanager
    def _asking(self) -> Generator[None]:
        import aiohttp
        import requests
        from ray.exceptions import AuthenticationError

        try:
            yield
        except AuthenticationError as error:
            raise self._unknown(403 if "403" in str(error) or "Forbidden" in str(error) else 401) from None
        except (requests.exceptions.RequestException, ConnectionError, aiohttp.ClientError) as error:
            raise SweepError(f"{self.address} went away: {type(error).__name__}. Its jobs go on without us") from None
        except RuntimeError as error:
            raise SweepError(f"{self.address}: {error}") from None

    def submit(self, name: str, command: str, *, package: str | None = None, **metadata: str) -> None:
        """Start a command as a job, in the folder of a package where one is given."""
        runtime: dict[str, Any] = {"env_vars": {"RAY_JOB_STOP_WAIT_TIME_S": str(GRACE), **SAME_HASHES}}
        runtime |= {"working_dir": package} if package else {}
        with self._asking():
            self._client.submit_job(
                entrypoint=command, submission_id=name, runtime_env=runtime, metadata=metadata or None
            )

    def jobs(self) -> list[Job]:
        """The sweeps that were submitted, the newest first. A job whose metadata name no sweep is another's."""
        with self._asking():
            jobs = [job_of(details) for details in self._client.list_jobs() if is_sweep(details)]
        return sorted(jobs, key=lambda job: (job.started or float("inf"), job.attempt), reverse=True)

    def find(self, name: str) -> Job:
        """The newest job of a sweep (its id, name, or a beginning that only it has), or the job of this name."""
        jobs = self.jobs()
        matching = (
            [job for job in jobs if name in (job.name, job.sweep)]
            or [job for job in jobs if job.sweep.rpartition("-")[0] == name]
            or [job for job in jobs if job.sweep.startswith(name) or job.name.startswith(name)]
        )
        if matching:
            return _only(name, matching)
        sweeps = {job.sweep for job in jobs}
        remedy = did_you_mean(name, sweeps) or "`sweep jobs` shows them"
        raise InputError(Problem("JOB", "there is no such job on the cluster", name, remedy))

    def state(self, name: str) -> Any:
        """Return Ray's record of a job: status, message, driver_exit_code."""
        with self._asking():
            return self._client.get_job_info(name)

    def job(self, name: str) -> Job:
        """A job as it is now."""
        return job_of(self.state(name))

    def log(self, name: str) -> str:
        """All that a job said."""
        with self._asking():
            return self._client.get_job_logs(name)

    def follow(self, name: str) -> Iterator[str]:
        """Stream the log of a job until it ends."""
        while str(self.state(name).status) == "PENDING":  # Ray has no log of it yet
            time.sleep(POLL)
        with self._asking():
            yield from _stepwise(self._client.tail_job_logs(name))

    def stop(self, name: str) -> bool:
        """Ask a job to end; False when it had."""
        with self._asking():
            return self._client.stop_job(name)

    def wait(self, name: str, seconds: float) -> Any:
        """The job once it has ended; None when it has not in time."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            state = self.state(name)
            if str(state.status) not in RUNNING:
                return state
            time.sleep(POLL)
        return None

    def forget(self, name: str) -> None:
        """Take a job that ended off the list."""
        with suppress(SweepError), self._asking():
            self._client.delete_job(name)

    def ask(self, subject: str, command: str, package: str | None = None, say: Say = silent) -> dict[str, Any]:
        """The answer of a small job on the head. SweepError, with its last words, where it gives none."""
        name = f"sweep-{subject}-{uuid4().hex[:8]}"
        self.submit(name, command, package=package)
        try:
            ended = self._heard(name, say)
        except KeyboardInterrupt:
            self.stop(name)
            raise
        log = self.log(name)
        if (reply := answer(log)) is None:
            last = " / ".join((log or str(ended.message)).strip().splitlines()[-LAST:])
            rule = f"cannot run sweep: {last}"
            raise self._wrong(rule, "sweep must be installed for the `python` of the head: see docs/cluster.md")
        self.forget(name)
        return reply

    def _heard(self, name: str, say: Say) -> Any:
        """A small job once it has ended, its remarks passed on. SweepError where it falls silent."""
        heard = 0
        while (ended := self.wait(name, SILENCE if heard else START)) is None:
            lines = [line for line in self.log(name).splitlines() if line.startswith(SAYS)]
            if len(lines) == heard:
                self.stop(name)
                raise SweepError(f"{self.address}: job {name} gave no answer in {START:g} s")
            say(lines[-1].removeprefix(SAYS))
            heard = len(lines)
        return ended


def answer(log: str) -> dict[str, Any] | None:
    """The answer in the log of a small job."""
    lines = [line for line in log.splitlines() if line.startswith(MARK)]
    if not lines:
        return None
    try:
        reply = json.loads(lines[-1].removeprefix(MARK))
    except (ValueError, RecursionError):
        reply = None
    if not isinstance(reply, dict):
        raise SweepError(f"the cluster's answer is none of sweep's: {shorten(lines[-1])}")
    return cast("dict[str, Any]", reply)


def base(address: str) -> str:
    """An address as http://HOST:PORT. Raises InputError for what is none."""
    url = (address if "://" in address else f"http://{address}").partition("/#/")[0]  # of a page of the dashboard
    remedy = f"the head's HTTP port, for example http://HEAD:{PORT}"
    if holds_secret(url):
        rule = "must be http://HOST:PORT, and must not hold a name or a password"
        raise InputError(Problem("--address", rule, redact(url), "use RAY_AUTH_TOKEN"))
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else PORT)
    except ValueError:
        raise InputError(Problem("--address", "must be http://HOST:PORT", address, remedy)) from None
    if parts.scheme not in ("http", "https") or not parts.hostname or not HOST.fullmatch(parts.hostname):
        raise InputError(Problem("--address", "must be http://HOST:PORT", address, remedy))
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}:{port}"


def _take_token() -> None:
    """A token that is given is used: Ray itself asks to be told so twice."""
    if "RAY_AUTH_TOKEN" in os.environ or "RAY_AUTH_TOKEN_PATH" in os.environ:
        os.environ.setdefault("RAY_AUTH_MODE", "token")


@contextmanager
def _tokenless() -> Generator[None]:
    """Ray says at length that there is no token; the cluster's answer says it in a sentence."""
    from ray.exceptions import AuthenticationError

    try:
        yield
    except AuthenticationError as error:
        rule = "no token is found, though RAY_AUTH_MODE=token"
        raise InputError(Problem("RAY_AUTH_TOKEN", rule, remedy="export the token of the cluster")) from error


def _only(name: str, jobs: list[Job]) -> Job:
    """The newest of one sweep; refused where several sweeps fit."""
    sweeps = sorted({job.sweep for job in jobs})
    if len(sweeps) > 1:
        raise InputError(Problem("JOB", "stands for several sweeps", name, "one of " + ", ".join(sweeps[:5])))
    return jobs[0]


def _stepwise(source: AsyncIterator[str]) -> Iterator[str]:
    """An asynchronous iterator as a plain one."""
    with asyncio.Runner() as runner:
        while (piece := _step(runner, source)) is not None:
            yield piece


def _step(runner: asyncio.Runner, source: AsyncIterator[str]) -> str | None:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "ssl=None is deprecated", DeprecationWarning)  # Ray's own way to say it
        return runner.run(_following(source))


async def _following(source: AsyncIterator[str]) -> str | None:
    return await anext(source, None)
