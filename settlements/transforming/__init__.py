"""What a corporate action does to settlements that are pending on its record date, and to who is owed what."""
