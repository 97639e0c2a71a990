"""What the process of confirming asks for besides the two who confirm and approve."""
