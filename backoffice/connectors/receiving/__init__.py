"""Files that come in: kept as received for ever, told by their content, and taken by what knows their format."""
