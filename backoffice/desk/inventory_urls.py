"""Addresses of the pages of the inventory."""

from __future__ import annotations

from django.urls import path

from backoffice.desk import inventory, uses, withdrawals

urlpatterns = [
    path("inventory/", inventory.Inventory.as_view(), name="inventory"),
    path("inventory/row/", inventory.ShowInventory.as_view(), name="inventory-row"),
    *uses.urlpatterns,
    *withdrawals.urlpatterns,
]
