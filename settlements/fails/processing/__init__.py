"""What happens by itself about fails, as the process of chasing them says."""
