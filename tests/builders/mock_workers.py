"""Programs for the parsing child that misbehave when a file tells them to.

The mock format: a workbook whose bytes are `MOCK:` and one of the deeds below makes the
real child do that deed where a hostile file would make a reader do it.
"""

from pipeline.demo.sample_files import NamedFile

MOCK_CHILD = """
import sys; sys.path.insert(0, sys.argv[1])
import os, signal, socket, subprocess, time
from pipeline.adapters.worker import message_parser, worker_child

def hang(): time.sleep(600)
def spin():
    while True: pass
def abort(): os.abort()
def leave(): os._exit(0)
def killed(): os.kill(os.getpid(), signal.SIGKILL)
def out_of_time(): os.kill(os.getpid(), signal.SIGXCPU)
def devour(): return [bytes(1 << 26) for _ in range(64)]
def chatter():
    print("noise " * 1000); os.write(1, b"junk"); os.write(2, b"junk" * 100000)
def big_file():
    with open(os.memfd_create("big"), "wb") as file:
        file.write(bytes(17 << 20)); file.flush()
def call(): socket.socket().connect(("127.0.0.1", 9))
def pair(): socket.socketpair()
def fork(): os.fork() or os._exit(0)
def become(): os.execv("/bin/true", ["true"])
def start(): subprocess.run(["/bin/true"])
def signal_daemon(): os.kill(os.getppid(), 0)
def read_environment(): open(f"/proc/{os.getppid()}/environ", "rb").read()
def write(): open("/tmp/khtc-written", "wb").close()
def make_folder(): os.mkdir("/tmp/khtc-made")
def open_up(): os.chmod("/dev/null", 0o666)
def bug(): return {}["cell 48213"]
def panic(): raise BaseException("panic of a native reader")

deeds = {name: deed for name, deed in globals().items() if callable(deed)}
real = message_parser.open_workbook

def open_workbook(data, path, known):
    if data.startswith(b"MOCK:"):
        deeds[data[5:].decode()]()
        data = b""
    return real(data, path, known)

message_parser.open_workbook = open_workbook
worker_child.main()
"""

_FAKE_CHILD = """
import sys; sys.path.insert(0, sys.argv[1])
import json, os
from pipeline.adapters.worker.frames import pack, pack_json, take
read, out = sys.stdin.buffer.read, sys.stdout.buffer
def say(data): out.write(data); out.flush()
settings = take(read)
"""


def mock(deed: str, name: str = "mock.xls") -> NamedFile:
    """A file that makes MOCK_CHILD do one of its deeds."""
    return NamedFile(name, f"MOCK:{deed}".encode())


def fake_child(answers: str, ready: str = "say(pack_json({'ready': True}))") -> str:
    """A program that answers every message by running `answers`; no parsing at all."""
    loop = f"while True:\n    header = json.loads(take(read)); take(read); {answers}\n"
    return f"{_FAKE_CHILD}{ready}\n{loop}"
