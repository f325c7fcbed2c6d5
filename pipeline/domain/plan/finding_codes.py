"""The catalogue of codes: every finding and every reason that may ever be written.

Codes are public (contract.md): add, never rename. Each has its words in
templates/letters/wording.j2 and its row in docs/findings.md; a house test keeps the
three equal.
"""

FILE_CODES = frozenset(
    {
        "unreadable-file",
        "password-protected",
        "unsupported-type",
        "empty-file",
        "encrypted-archive",
        "link-only",
        "attachment-missing",
        "scan-only",
        "too-big",
        "macro-present",
    }
)
STRUCTURE_CODES = frozenset(
    {
        "form-unrecognised",
        "form-twice",
        "wrong-round",
        "column-missing",
        "row-missing",
        "row-extra",
        "row-uncertain",
        "column-uncertain",
        "hidden-content",
        "reader-disagreement",
    }
)
CELL_CODES = frozenset(
    {
        "missing-value",
        "unreadable-value",
        "ambiguous-number",
        "error-value",
        "formula-uncached",
        "not-available",
        "unit-unknown",
        "unit-near",
        "duplicate-row",
    }
)
RULE_CODES = frozenset(
    {
        "total-mismatch",
        "sum-exceeded",
        "sum-not-reached",
        "part-exceeds-whole",
        "identity-broken",
        "ratio-mismatch",
        "out-of-range",
        "half-year-exceeds-year",
        "column-order",
        "column-total",
        "cross-form",
        "derived-mismatch",
        "unit-scale",
        "change",
        "low-disbursement",
        "shortfall",
    }
)
SUBMISSION_CODES = frozenset(
    {"form-missing", "narrative-missing", "late", "after-close", "persons-listed"}
)
FINDING_CODES = FILE_CODES | STRUCTURE_CODES | CELL_CODES | RULE_CODES | SUBMISSION_CODES

NUMBER_CODES = RULE_CODES | {"reader-disagreement"}
"""Codes whose `found` and `expected` are canonical decimals; others quote raw text."""

HELD_REASONS = frozenset(
    {
        "identity-none",
        "identity-weak",
        "identity-conflict",
        "several-provinces",
        "from-invalid",
        "auth-failed",
        "hidden-attachment",
        "match-uncertain",
        "wrong-round",
        "question",
        "explanation",
        "rule-held",
        "persons-listed",
        "state-secret",
        "too-big",
        "fetch-failed",
        "by-planner",
    }
)
IGNORED_REASONS = frozenset({"auto-reply", "bounce", "list", "own", "spam", "no-content"})
DUPLICATE_REASONS = frozenset({"same-bytes", "same-content"})
QUARANTINED_REASONS = frozenset({"worker-died", "limits", "bug"})
REASONS = HELD_REASONS | IGNORED_REASONS | DUPLICATE_REASONS | QUARANTINED_REASONS
