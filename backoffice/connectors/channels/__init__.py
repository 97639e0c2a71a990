"""Channels: how messages get to a place and back, in which format and from when; and what became of each."""
