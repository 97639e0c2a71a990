"""The register of master agreements and contracts: with whom, of what kind, in force from when to when."""
