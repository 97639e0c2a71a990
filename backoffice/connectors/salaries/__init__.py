"""Files by which the bank is told to pay employees what an accepted payroll journal says."""
