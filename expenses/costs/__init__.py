"""What the firm's own contracts oblige it to pay, what suppliers bill for it, and what of it was paid."""
