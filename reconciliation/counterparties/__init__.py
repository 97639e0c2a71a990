"""What counterparties say is open between us, held against what our settlements with them say."""
