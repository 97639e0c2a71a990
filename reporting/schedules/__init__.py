"""Reports that somebody wants again and again: made on business days at a time, and brought to a folder or by mail."""
