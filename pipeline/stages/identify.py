"""Identify: the evidence to one province, or to the reason why a planner must decide."""

from collections.abc import Mapping, Sequence

from pipeline.domain.senders.identity import Clue, Identity, Source, Strength
from pipeline.domain.senders.sender_address import imitates_any

# The classes of strong evidence of architecture.md, "Who is believed"; (a) is the registry.
_CLASSES: Mapping[Source, str] = {
    Source.LETTERHEAD: "b",
    Source.GOV_DOMAIN: "c",
    Source.SUBJECT: "d",
    Source.FILE_NAME: "d",
    Source.DOCUMENT_SYMBOL: "d",
    Source.FORWARDED: "d",
    Source.LOCAL_PART: "e",
}
_WEAK = frozenset((Source.ABBREVIATION, Source.TEXT))


def identify(
    clues: Sequence[Clue],
    sender: str | None,
    registered: Mapping[str, str],
    *,
    authentication: str,
    assigned: str | None,
) -> Identity:
    """Who sent a message: exactly one province, or none with the reason of the hold.

    `registered` maps addresses in lower case to province codes; `authentication` is
    the envelope's; `assigned` a planner's decision, which settles everything.
    """
    evidence = tuple(_resolved(clues, sender, registered))
    if assigned is not None:
        word = Clue(Source.PLANNER, assigned, assigned, "assign")
        return Identity(
            Strength.REGISTERED, assigned, verified=True, evidence=(word, *evidence)
        )
    if sender is None:
        return _held(Strength.NONE, evidence, "from-invalid")
    identity = _weighed(evidence)
    if authentication == "fail":
        return _held(identity.strength, evidence, "auth-failed")
    return identity


def _resolved(
    clues: Sequence[Clue], sender: str | None, registered: Mapping[str, str]
) -> list[Clue]:
    """The clues with what only the registry knows: the sender's and a forward's."""
    found: list[Clue] = []
    known = registered.get(sender) if sender else None
    if sender and known is not None:
        found.append(Clue(Source.REGISTERED, sender, known, "From"))
    elif sender:
        drawn_like = imitates_any(sender, registered)
        if drawn_like is not None:
            found.append(Clue(Source.LOOK_ALIKE, sender, registered[drawn_like], "From"))
    for clue in clues:
        if clue.source is Source.FORWARDED:
            code = registered.get(clue.value, clue.province)
            found.append(Clue(clue.source, clue.value, code, clue.where))
        elif clue.source is not Source.LOOK_ALIKE or known is None:
            found.append(clue)
    return [clue for clue in dict.fromkeys(found) if clue.province]


def _weighed(evidence: tuple[Clue, ...]) -> Identity:
    """What the evidence amounts to, the sender's address being well-formed."""
    sources = {clue.source for clue in evidence}
    classes = {_CLASSES[source] for source in sources if source in _CLASSES}
    named = {
        clue.province
        for clue in evidence
        if clue.source in _CLASSES or clue.source is Source.REGISTERED
    }
    against = _contradiction(evidence, named)
    if against is not None:
        return _held(Strength.CONFLICT, evidence, against)
    for province in named:
        if Source.REGISTERED in sources:
            return Identity(Strength.REGISTERED, province, verified=True, evidence=evidence)
        if len(classes) >= 2:
            return Identity(Strength.STRONG, province, verified=False, evidence=evidence)
    if classes or sources & _WEAK:
        return _held(Strength.WEAK, evidence, "identity-weak")
    return _held(Strength.NONE, evidence, "identity-none")


def _contradiction(evidence: Sequence[Clue], named: set[str]) -> str | None:
    """The reason when strong clues disagree; `named` are all provinces they name."""
    heads = {clue.province for clue in evidence if clue.source is Source.LETTERHEAD}
    if len(heads) > 1:
        return "several-provinces"
    imitated = any(clue.source is Source.LOOK_ALIKE for clue in evidence)
    return "identity-conflict" if imitated or len(named) > 1 else None


def _held(strength: Strength, evidence: tuple[Clue, ...], reason: str) -> Identity:
    return Identity(strength, None, verified=False, evidence=evidence, reason=reason)
