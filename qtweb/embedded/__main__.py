"""The commands of `python -m qtweb.embedded`.

Each imports what it needs when it runs: `keep` and `procfile` start often and need little.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from qtweb.embedded.errors import EmbeddedError
from qtweb.embedded.processes import MARKER


def main(arguments: Sequence[str]) -> int:
    """Run one command; its exit status."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options) or 0)
    except EmbeddedError as error:
        print(f"qtweb: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _services(options: argparse.Namespace) -> int:
    from qtweb.embedded import services
    from qtweb.embedded.instance import Instance

    return services.run(Instance.attached(_home()))


def _keep(options: argparse.Namespace) -> int:
    from qtweb.embedded.keep import Keeper

    return Keeper(_home(), options.name, options.command).run()


def _procfile(options: argparse.Namespace) -> int:
    from qtweb.embedded import procfile

    return procfile.run(options.file, options.names)


def _serve(options: argparse.Namespace) -> None:
    from qtweb.embedded import serve

    if options.foreground:
        serve.foreground()
    else:
        serve.start()


def _stop(options: argparse.Namespace) -> None:
    from qtweb.embedded import serve

    serve.stop()


def _reset(options: argparse.Namespace) -> None:
    from qtweb.embedded import serve

    serve.reset()


def _run_with_services(options: argparse.Namespace) -> int:
    from qtweb.embedded.instance import Instance
    from qtweb.embedded.supervisor import Supervisor

    with Supervisor(Instance.temporary()) as supervisor:
        return supervisor.run(options.command)


def _home() -> Path:
    home = os.environ.get(MARKER)
    if home is None:
        raise EmbeddedError(f"{MARKER} is not set: `make serve` and `make demo` start this in an instance")
    return Path(home)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m qtweb.embedded", description="qtweb's services")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(
        name: str, run: Callable[[argparse.Namespace], int | None], text: str
    ) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text)
        added.set_defaults(run=run)
        return added

    command("services", _services, "run PostgreSQL and Redis in the foreground")
    keep = command("keep", _keep, "run a command and bring it back when it ends by itself")
    keep.add_argument("name", help="the name of the pid file")
    keep.add_argument("command", nargs="+", help="after --")
    procfile = command("procfile", _procfile, "run named lines of a Procfile")
    procfile.add_argument("file", type=Path)
    procfile.add_argument("names", nargs="+")
    serve = command("serve", _serve, "run the lasting instance in the background")
    serve.add_argument("--foreground", action="store_true", help="stay, and end with a signal")
    command("stop", _stop, "end the lasting instance")
    command("reset", _reset, "end the lasting instance and delete its data")
    run = command("run-with-services", _run_with_services, "run a command beside throw-away services")
    run.add_argument("command", nargs="+", help="after --")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
