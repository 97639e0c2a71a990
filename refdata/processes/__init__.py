"""The processes of the firm: versions that are dated rules, and the cases that run on them."""
