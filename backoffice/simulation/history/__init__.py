"""Half a year of a market in little time: what was dealt, fell due and went wrong, as facts in the real tables.

Nothing of it is shared with what forecasts: the world here is drawn, not fitted.
"""
