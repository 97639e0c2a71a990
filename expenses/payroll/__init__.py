"""Pay: journals of what was accrued, taxed and paid to employees, as the payroll reckons them."""
