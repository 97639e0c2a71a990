"""Income tax of individuals that the firm reckons and withholds as an agent (NDFL, Tax Code of Russia, chapter 23)."""
