"""What a place says that the fails of a month cost: taken in, compared with ours, booked, appealed."""
