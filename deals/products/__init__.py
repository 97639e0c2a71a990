"""The products: one file each, `terms -> flows`. Nothing after the flows knows products."""
