"""The lasting instance: started in the background, found again, stopped, deleted."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from qtweb.embedded import folders, interruption, lock, pid_file
from qtweb.embedded.errors import ServiceError
from qtweb.embedded.instance import CHECKOUT, Instance
from qtweb.embedded.supervisor import Supervisor

_NAME = "serve"
_STOP_SECONDS = 60.0
_MARKET_SECONDS = 60.0


def foreground() -> None:
    """Run the lasting instance until a signal ends it. Raises EmbeddedError."""
    with Supervisor(Instance.lasting()) as supervisor:
        supervisor.migrate()
        supervisor.manage("seed_universe")
        supervisor.start(wait_for_health=True)
        pid_file.write(supervisor.instance.home, _NAME, os.getpid())
        try:
            while True:
                supervisor.watch(_MARKET_SECONDS)
                _open_market(supervisor)
        finally:
            pid_file.remove(supervisor.instance.home, _NAME)


def start() -> None:
    """Run the lasting instance in the background; returns when it serves and has printed how to get in.

    Says where it runs when it runs already. Raises ServiceError when it does not come up.
    """
    home = folders.lasting(CHECKOUT)
    if lock.holder(home / folders.LOCK) is not None:
        print(Instance.whereabouts(home))
        return
    folders.make_own(home)
    log = home / f"{_NAME}.log"
    if home.parent != CHECKOUT:
        print(f"The servers run as nobody, who cannot enter {CHECKOUT}: the data is in {home}")
    print(f"Starting in the background, log in {log}", flush=True)
    with interruption.raised():
        _start_in_background(home, log)
        instance = Instance.attached(home)
        print(
            f"Serving at {instance.web_url}: `make stop` ends it, `make reset` deletes its data", flush=True
        )
        _print_access(instance)


def stop() -> None:
    """End the lasting instance, or what a killed one left running. Raises ServiceError if it does not end."""
    home = folders.lasting(CHECKOUT)
    process = lock.holder(home / folders.LOCK)
    if process is None:
        _stop_leftovers(home)
        return
    process.send(signal.SIGTERM)
    deadline = time.monotonic() + _STOP_SECONDS
    while process.is_running():
        if time.monotonic() > deadline:
            raise ServiceError(f"pid {process.pid} has not ended within {_STOP_SECONDS:.0f} s")
        time.sleep(0.05)
    print(f"Stopped (pid {process.pid}); the data stays in {home}")


def reset() -> None:
    """End the lasting instance and delete its data."""
    stop()
    home = folders.lasting(CHECKOUT)
    if not home.exists():
        print(f"Nothing to delete: there is no {home}")
        return
    shutil.rmtree(home)
    print(f"Deleted {home}: database, venue's record, keys and logs")


def _open_market(supervisor: Supervisor) -> None:
    """Let the next day begin where the replayed one is over; a failure costs the market's day, not the site."""
    try:
        supervisor.manage("open_market")
    except ServiceError as failure:
        print(f"serve: {failure}", flush=True)


def _start_in_background(home: Path, log: Path) -> None:
    with log.open("wb") as output:
        # Not tied to us: it is meant to outlive this command.
        child = subprocess.Popen(
            [sys.executable, "-m", "qtweb.embedded", "serve", "--foreground"],
            cwd=CHECKOUT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        while pid_file.read(home, _NAME) != child.pid:
            if child.poll() is not None:
                raise ServiceError(f"it did not come up:\n{log.read_text(errors='replace')}")
            time.sleep(0.05)
    except BaseException:
        child.terminate()
        child.wait()
        raise


def _print_access(instance: Instance) -> None:
    command = [sys.executable, "manage.py", "seed_universe", "--print-access"]
    result = subprocess.run(command, check=False, cwd=CHECKOUT, env=instance.child_environment())
    if result.returncode != 0:
        stop()
        raise ServiceError(f"{' '.join(command)} failed")


def _stop_leftovers(home: Path) -> None:
    found = folders.clear_leftovers(home, Instance.attached(home).title) if home.exists() else []
    for process in found:
        print(f"Stopped {process.command} (pid {process.pid}), left by a run that was killed")
    if not found:
        print("Nothing is running")
