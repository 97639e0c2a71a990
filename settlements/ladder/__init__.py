"""The cash ladder: what money is where on which day, what brings and takes it, and what to do where it lacks."""
