"""The firm at a glance: what a period brought, took and cost, beside the period before it."""
