"""The views of contract.md, in SQL that both databases read the same way.

Views are no part of the migrations: they are made anew after each migration, so a
changed view needs a revision, be it an empty one.
"""

# Both cut the fraction of a second off, and neither needs time zone data.
_TIME = {
    "sqlite": "strftime('%Y-%m-%dT%H:%M:%S', substr({0}, 1, 19), '+7 hours') || '+07:00'",
    "postgresql": (
        "to_char(({0} AT TIME ZONE 'UTC') + INTERVAL '7 hours',"
        " 'YYYY-MM-DD\"T\"HH24:MI:SS') || '+07:00'"
    ),
}

# Every version of every form with its rank. Only versions of filed messages that can
# give figures compete; `place` 1 is the one that counts.
_STANDINGS = """
SELECT v.id AS version_id, v.message_id, m.digest, m.round_id, m.province_code,
       v.form_id, v.state, v.verified, v.counts, v.shut, m.standing, m.received_at, m.late,
       row_number() OVER (
           PARTITION BY m.round_id, m.province_code, v.form_id
           ORDER BY m.received_at, m.id, v.place) AS version,
       row_number() OVER (
           PARTITION BY m.round_id, m.province_code, v.form_id,
               CASE WHEN m.standing = 'filed' AND v.counts = 1 THEN 1 ELSE 0 END
           ORDER BY v.verified DESC, CASE WHEN v.state = 'accepted' THEN 0 ELSE 1 END,
               m.received_at DESC, m.id DESC, v.place) AS place
FROM version v JOIN message m ON m.id = v.message_id
"""

_STATUS = """
CASE WHEN s.standing <> 'filed' OR s.counts = 0 THEN 'candidate'
     WHEN s.place > 1 THEN 'superseded'
     WHEN s.state = 'accepted' THEN 'accepted'
     ELSE 'provisional' END
"""

_COUNTING = "s.standing = 'filed' AND s.counts = 1 AND s.place = 1"

_INGEST_LOG = """
SELECT m.id, m.digest, {m.received_at} AS received_at,
       {m.first_seen_at} AS first_seen_at, m.folder, m.uidvalidity, m.uid,
       COALESCE(m.sender, o.sender) AS sender, COALESCE(m.subject, o.subject) AS subject,
       COALESCE(m.kind, o.kind) AS kind, m.state, m.reason,
       COALESCE(m.round_id, o.round_id) AS round_id,
       COALESCE(m.province_code, o.province_code) AS province_code,
       m.verdict, m.late, m.row_count AS rows,
       (SELECT count(*) FROM finding f WHERE f.message_id = m.id AND f.state = 'fail'
           AND f.severity IN ('fatal', 'error')) AS errors,
       (SELECT count(*) FROM finding f WHERE f.message_id = m.id AND f.state = 'fail'
           AND f.severity = 'query') AS queries,
       COALESCE(l.state, CASE WHEN m.suppressed IS NOT NULL THEN 'suppressed' END)
           AS reply_state,
       {l.sent_at} AS replied_at, m.verified, m.attempts, m.duplicate_of, m.detail
FROM message m
LEFT JOIN message o ON o.id = m.duplicate_of
LEFT JOIN letter l ON l.id = m.letter_id
"""

_OBSERVATION_VERSIONS = """
SELECT s.round_id, s.province_code, s.form_id, f.indicator, f.column_key, f.value,
       f.missing, f.unit, {status} AS status, s.verified, s.version, s.digest,
       f.path, f.sheet, f.cell, {s.received_at} AS received_at
FROM version_standing s JOIN figure f ON f.version_id = s.version_id
"""

_OBSERVATIONS = _OBSERVATION_VERSIONS + "WHERE {counting}\n"

_FINDINGS = """
SELECT f.id, m.digest, m.round_id, m.province_code, f.form_id, f.code, f.severity,
       f.state, f.rule, f.indicator, f.column_key, f.path, f.sheet, f.cell, f.found,
       f.expected
FROM finding f JOIN message m ON m.id = f.message_id
"""

# A form is as late as its first version: a resend after the deadline does not make a
# province late that had sent in time.
_COVERAGE = """
SELECT e.round_id, e.province_code, e.form_id,
       COALESCE(max(CASE WHEN {counting} THEN s.state END),
           CASE WHEN count(s.version_id) = 0 THEN 'missing' ELSE 'deficient' END)
           AS state,
       COALESCE(max(CASE WHEN {counting} THEN s.verified END), 0) AS verified,
       max(CASE WHEN s.receipt = 1 THEN s.late END) AS late,
       {min(s.received_at)} AS first_received_at,
       {min(CASE WHEN s.state = 'accepted' AND s.counts = 1 THEN s.received_at END)}
           AS first_clean_at,
       count(s.version_id) AS versions,
       CASE WHEN max(CASE WHEN s.shut = 1 THEN s.version END) = max(s.version)
           THEN 1 ELSE 0 END AS shut
FROM expected_form e
LEFT JOIN (
    SELECT v.*, row_number() OVER (
        PARTITION BY round_id, province_code, form_id ORDER BY version) AS receipt
    FROM version_standing v WHERE v.standing = 'filed'
) s ON s.round_id = e.round_id AND s.province_code = e.province_code
   AND s.form_id = e.form_id
GROUP BY e.round_id, e.province_code, e.form_id
"""

_TOTALS = """
SELECT t.run_id, r.round_id, t.level, t.area, t.form_id, t.indicator, t.column_key,
       t.value, t.value_strict, t.unit, t.reported, t.expected, t.provisional, t.method
FROM total_figure t JOIN run r ON r.id = t.run_id
WHERE r.id IN (
    SELECT n.id FROM (
        SELECT id, row_number() OVER (
            PARTITION BY round_id
            ORDER BY CASE WHEN as_of > stored_at THEN stored_at ELSE as_of END DESC,
                id DESC) AS place
        FROM run) n
    WHERE n.place = 1)
"""

_OUTBOX = """
SELECT l.id, m.digest, l.template, l.recipient, l.rfc_message_id AS message_id, l.state,
       l.attempts, {l.sent_at} AS sent_at, l.subject, l.suppressed,
       {l.created_at} AS created_at, l.message_id AS ledger_id
FROM letter l LEFT JOIN message m ON m.id = l.message_id
"""

_VIEWS = {
    "version_standing": _STANDINGS,
    "ingest_log": _INGEST_LOG,
    "observation_versions": _OBSERVATION_VERSIONS,
    "observations": _OBSERVATIONS,
    "findings": _FINDINGS,
    "coverage": _COVERAGE,
    "totals": _TOTALS,
    "outbox": _OUTBOX,
}


def creating(dialect: str) -> list[str]:
    """The statements that make every view, in order."""
    return [
        f"CREATE VIEW {name} AS {timed(written_out(sql), dialect)}"
        for name, sql in _VIEWS.items()
    ]


def dropping() -> list[str]:
    """The statements that remove every view, whether it is there or not."""
    return [f"DROP VIEW IF EXISTS {name}" for name in reversed(_VIEWS)]


def written_out(sql: str) -> str:
    """The SQL with {standings}, {status} and {counting} in full (s: a standing)."""
    parts = {"standings": _STANDINGS, "status": _STATUS, "counting": _COUNTING}
    for name, part in parts.items():
        sql = sql.replace(f"{{{name}}}", part.strip())
    return sql


def timed(sql: str, dialect: str) -> str:
    """The SQL with each {time} written out as ISO 8601 text."""
    head, *parts = sql.split("{")
    for part in parts:
        time, _, rest = part.partition("}")
        head += _TIME[dialect].format(time) + rest
    return head
