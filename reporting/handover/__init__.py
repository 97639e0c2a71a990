"""Handing entries over to the firm's bookkeeping, batch by batch, once and for ever."""
