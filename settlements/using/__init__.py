"""A client's assets in our use: by its consent, moved by an entry of their own, owed back until they are given back."""
