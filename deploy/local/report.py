"""What a person at the terminal is told: steps with their times, and failures."""
import sys
import time


class Failure(Exception):
    """Something that the person can put right: one line, what and what to do."""


class Steps:
    """Prints "  1.2 s  database: ready" lines, the time counted from the start."""

    def __init__(self, quiet=False):
        self._began = time.monotonic()
        self._quiet = quiet

    def done(self, text):
        if not self._quiet:
            print("%6.1f s  %s" % (time.monotonic() - self._began, text), flush=True)

    def note(self, text):
        if not self._quiet:
            print(text, flush=True)


def run(main):
    """Runs main(); a Failure becomes one line on stderr and exit code 1."""
    try:
        sys.exit(main())
    except Failure as failure:
        print("dev: %s" % failure, file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        print("dev: interrupted; ./dev down stops what was started", file=sys.stderr)
        sys.exit(130)
