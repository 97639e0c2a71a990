"""What the firm means to spend, by centre, kind and month, and what the year will come to."""
