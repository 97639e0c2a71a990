"""What the process of taking on a party asks for besides the two who submit and approve."""
