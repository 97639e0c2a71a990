"""What follows a fail between us and the counterparty: interest claims, and buying in."""
