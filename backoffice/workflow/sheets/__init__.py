"""The sheet of a person's week: seen by the person first, and then by who leads."""
