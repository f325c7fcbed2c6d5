"""Restore: a backup in the place of what stands here; nothing of the present is lost.

    safe.open | safe.compare | safe.bring_back | copies.load

Archive and journal are only added to: mails and letters of after the backup stay known,
so that nothing is lost and no letter goes twice. The database is replaced last; a
restore that died is simply made again.
"""

from datetime import datetime

from pipeline.domain.backup import Restoring
from pipeline.domain.errors import PermanentError
from pipeline.jobs.back_up import stamp_of
from pipeline.ports.safekeeping import DatabaseCopies, Safe


def restore(
    copies: DatabaseCopies,
    safe: Safe,
    now: datetime,
    *,
    named: str | None = None,
    dry_run: bool = False,
) -> Restoring:
    """What was changed, or with `dry_run` would be; PermanentError for a broken backup."""
    folder, backup = safe.open(named)
    if backup.dialect != copies.dialect:
        raise PermanentError(
            f"{folder}: a backup of {backup.dialect} cannot go into {copies.dialect}; "
            "set `database` to one of its kind"
        )
    if backup.schema and not copies.knows(backup.schema):
        raise PermanentError(
            f"{folder}: its database has schema {backup.schema}, newer than this "
            "program's; install the newer program, nothing was changed"
        )
    newer = copies.newer_schema()
    if newer:
        raise PermanentError(
            f"the database here has schema {newer}, newer than this program's, and tables "
            "that this program does not know would stay; make an empty database, set "
            "`database` to it and restore there: nothing was changed"
        )
    restoring = safe.compare(folder, backup, copies.counts())
    if not dry_run:
        stamp = stamp_of(now)
        safe.bring_back(folder, restoring, stamp)
        copies.load(folder / backup.database, stamp)
    return restoring
