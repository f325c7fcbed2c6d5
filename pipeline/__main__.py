"""python -m pipeline: the same as run_daemon.py."""

import sys

from pipeline.cli import main

if __name__ == "__main__":
    sys.exit(main())
