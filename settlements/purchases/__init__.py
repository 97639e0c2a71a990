"""Buying securities from an individual: the steps in their order, each with what proves it."""
