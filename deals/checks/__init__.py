"""The checks of the desk: named rules over a deal that could be captured, switched and set by dated rules."""
