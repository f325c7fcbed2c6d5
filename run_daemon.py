"""Start the daemon, or any of its commands, from the checkout."""

from pipeline.__main__ import program

if __name__ == "__main__":
    program()
