"""What places say of our instructions in messages of securities: each message a fact, known already, or a problem."""
