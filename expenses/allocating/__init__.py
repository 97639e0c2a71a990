"""From cost centres to desks and deals: by which key each centre is shared out, and what a deal costs."""
