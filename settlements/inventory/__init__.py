"""What can be delivered and paid, now and by value date, and what stops a settlement that has enough."""
