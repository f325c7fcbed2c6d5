"""Letters and correction workbooks as bytes."""
