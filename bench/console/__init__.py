"""The console's pages on the demo's round, and on a ledger of many messages."""
