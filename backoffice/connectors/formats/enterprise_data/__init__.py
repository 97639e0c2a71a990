"""EnterpriseData of 1C: documents for a firm's bookkeeping, written strictly and read back."""
