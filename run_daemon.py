"""Start the daemon, or any of its commands, from the checkout."""

import sys

from pipeline.cli import main

if __name__ == "__main__":
    sys.exit(main())
