"""The statements by the policy of each book: what is not settled yet, what is measured otherwise than it is booked."""
