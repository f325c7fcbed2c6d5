"""gather_requests: what a mail asks for, for the register of questions."""

from collections.abc import Iterator, Sequence

from pipeline.domain.mail.body_text import own_words
from pipeline.domain.mail.message import Envelope, Kind
from pipeline.domain.questions.passage import headed
from pipeline.domain.questions.request import Request, RequestKind, cut

MOST = 10


def gather_requests(
    envelope: Envelope, kind: Kind, in_files: Sequence[Request]
) -> tuple[Request, ...]:
    """The requests of a mail: one for a question with all it attaches, else one a place.

    A person looks at each (a planner answers or closes it), so what is doubtful is in.
    """
    if kind is Kind.QUESTION:
        words = own_words(envelope.text) or envelope.subject
        passages = (request.text for request in in_files)
        said = "\n\n".join([words, *passages]).strip()
        return (Request(RequestKind.QUESTION, None, cut(said)),) if said else ()
    if kind is not Kind.SUBMISSION:
        return ()
    found = {request.signature: request for request in _of_return(envelope, in_files)}
    return tuple(found.values())[:MOST]


def _of_return(envelope: Envelope, in_files: Sequence[Request]) -> Iterator[Request]:
    said = headed(own_words(envelope.text).split("\n"))
    if said is not None:
        yield Request(RequestKind.RECOMMENDATION, None, said)
    yield from in_files
