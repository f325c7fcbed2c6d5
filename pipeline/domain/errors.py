"""Faults of the world, as opposed to faults of a submission (those are findings).

PipelineError
├── TransientError      try again later (server down, lock held)
│   ├── UnreachableError    a server as a whole: nothing was said about one message
│   │   ├── RefusedLoginError   name or password refused: back off long, tell a person
│   │   └── ThrottledError      the server asks for less: back off long
│   ├── MissingFolderError  one folder cannot be opened, the others can
│   └── NoRoomError     the disk has no room for a mail, for a smaller one perhaps
├── PermanentError      trying again will not help (recipient refused)
│   ├── LimitError      a bound of reliability.md was reached
│   ├── WorkerDiedError the parsing child ended without an answer
│   └── WorkerBugError  the parsing child answered that our own code failed
├── OvertakenError      another daemon has taken over what we had in hand
├── UnknownOutcomeError the letter may or may not have been accepted
└── ConfigError         the operator must change a file; names file and key
"""


class PipelineError(Exception):
    """Root of every anticipated fault."""


class TransientError(PipelineError):
    """The same call may succeed later: retried with back-off."""


class UnreachableError(TransientError):
    """A server cannot be used at all now; nothing was said about a single message."""


class RefusedLoginError(UnreachableError):
    """The server refused our name or password: retry seldom, a lock-out is near."""


class ThrottledError(UnreachableError):
    """The server limits us (quota, bandwidth, connections): wait a quarter of an hour."""


class MissingFolderError(TransientError):
    """One folder cannot be opened (renamed, deleted); the server itself is well."""


class NoRoomError(TransientError):
    """The disk has no room for a mail; a smaller one may still find some."""


class PermanentError(PipelineError):
    """The same call will fail again: a person is told."""


class LimitError(PermanentError):
    """A bound on size, depth, time or count was reached."""


class WorkerDiedError(PermanentError):
    """The parsing child ended without an answer, and a fresh one did so again."""


class WorkerBugError(PermanentError):
    """Our own code failed on a message: the message waits for a person, with the place."""


class OvertakenError(PipelineError):
    """Another daemon took over what we had in hand: it decides, we do nothing."""


class UnknownOutcomeError(PipelineError):
    """The connection died after the final dot: never blindly resent (ADR 0005)."""


class ConfigError(PipelineError):
    """A file of the configuration is wrong: the program stops with exit 78.

    `source` is the file, `key` the dotted key or row in it.
    """

    def __init__(self, source: str, key: str, problem: str) -> None:
        super().__init__(f"{source}: {key}: {problem}")
        self.source = source
        self.key = key
        self.problem = problem
