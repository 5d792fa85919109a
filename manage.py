#!/usr/bin/env python
"""Django's command line."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qtweb.settings")
    os.environ.setdefault("QTWEB_PROCESS", "command")
    from django.core.management import execute_from_command_line

    if sys.argv[1:2] == ["order_states"]:
        from qtweb.order_states.throw_away import beside_throw_away_services

        with beside_throw_away_services():
            execute_from_command_line(sys.argv)
        return
    if sys.argv[1:2] == ["backtest"]:
        from qtweb.without_services import name_no_services

        name_no_services()
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
