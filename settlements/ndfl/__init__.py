"""The income tax of the individuals whose agent the firm is (NDFL): their year so far, and what is withheld of it."""
