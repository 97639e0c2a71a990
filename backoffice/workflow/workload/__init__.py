"""Workload: what will wait for people, how many of them it takes, and what was said of it before."""
