"""SWIFT MT messages (ISO 15022): blocks and fields, and what each kind of message says."""
