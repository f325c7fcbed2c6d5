"""The planner's console: pages over the ledger, and decisions handed to the desk."""
