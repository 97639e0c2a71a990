"""A simulated day: deals by a seed, a market that answers through files, planted mistakes, and what is found."""
