"""What places say of corporate actions: from their messages to events, payments and answers."""
