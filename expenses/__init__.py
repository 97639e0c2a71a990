"""What dealing and settling cost and earn: fees accrued, billed, and compared with what others bill."""
