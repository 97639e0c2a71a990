"""The process of buying from an individual: what is added to its checklist, and who hears of one that is late."""
