"""Start the daemon, or any of its commands, from the checkout."""

import gc
import sys

from pipeline.cli import main

NEW_OBJECTS = 50_000
"""Between two collections: a few mails make as many, and they go when those are settled."""

if __name__ == "__main__":
    gc.set_threshold(NEW_OBJECTS)
    sys.exit(main())
