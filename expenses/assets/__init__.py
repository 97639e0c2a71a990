"""Equipment and licences: the register, what of their cost is spent month by month, and how they leave."""
