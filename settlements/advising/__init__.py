"""What the market says of our instructions, on its own four axes."""
