"""Jobs: verbs that stand around the ledger, each restartable at any instant."""
