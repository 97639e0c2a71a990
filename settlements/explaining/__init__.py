"""Why a settlement waits: what is around it, and what a run found out about it."""
