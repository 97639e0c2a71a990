"""Reports whose layout is data: of the Russian exchange, its clearing house and the depository."""
