"""What an issuer does for those who hold: who is entitled to what, what they choose, what came, and its books."""
