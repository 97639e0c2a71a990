"""What an entity is before the law and the market: dated, and switching rules, reports and formats."""
