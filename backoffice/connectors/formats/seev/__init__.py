"""Corporate actions in ISO 20022 (seev): announced, elected, booked, taken back, and how an election stands."""
