"""Servers that are some milliseconds away: what goes through waits on its way.

    relay_script.py ROUND_TRIP_MS PORT=TARGET ...

A target is a port of this machine or the path of a socket. Each direction takes half of
the round trip; what follows waits beside what went before, not behind it.
"""

import asyncio
import sys
from collections.abc import Callable, Coroutine

_CHUNK = 1 << 16
Reader, Writer = asyncio.StreamReader, asyncio.StreamWriter


async def _carry(reader: Reader, writer: Writer, seconds: float) -> None:
    """All that comes, each piece so much later, in order."""
    loop = asyncio.get_running_loop()
    while piece := await reader.read(_CHUNK):
        loop.call_later(seconds, writer.write, piece)
    loop.call_later(seconds, writer.close)


def _relay(target: str, seconds: float) -> Callable[[Reader, Writer], Coroutine]:
    async def relay(reader: Reader, writer: Writer) -> None:
        if target.isdigit():
            far = await asyncio.open_connection("127.0.0.1", int(target))
        else:
            far = await asyncio.open_unix_connection(target)
        await asyncio.gather(
            _carry(reader, far[1], seconds), _carry(far[0], writer, seconds)
        )

    return relay


async def main(milliseconds: str, *ways: str) -> None:
    """Relay until somebody ends the program."""
    seconds = float(milliseconds) / 2000
    for way in ways:
        port, _, target = way.partition("=")
        await asyncio.start_server(_relay(target, seconds), "127.0.0.1", int(port))
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
