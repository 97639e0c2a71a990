"""Settlement messages of ISO 20022 (sese): instructions and commands out, statuses and confirmations in."""
