"""Documents: what the firm writes to others, numbered, hashed, and never made differently again."""
