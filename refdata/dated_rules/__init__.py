"""What a law, a market or the firm's own policy can change: dated rows that bring their own tests."""
