"""Addresses of the pages of costs."""

from __future__ import annotations

from django.urls import path

from backoffice.desk import (
    allocation,
    budgets,
    costs,
    expense_alerts,
    fixed_assets,
    supplier_invoices,
)

urlpatterns = [
    path("costs/", costs.Costs.as_view(), name="costs"),
    path("costs/contracts/", costs.Contracts.as_view(), name="cost-contracts"),
    path("costs/contracts/new/", costs.NewContract.as_view(), name="new-cost-contract"),
    path("costs/contracts/<str:reference>/", costs.ShowContract.as_view(), name="cost-contract"),
    path("costs/contracts/<str:reference>/end/", costs.EndContract.as_view(), name="end-cost-contract"),
    path("costs/contracts/<str:reference>/<str:action>/", costs.ContractStep.as_view(), name="cost-contract-step"),
    path("costs/invoices/", supplier_invoices.SupplierInvoices.as_view(), name="supplier-invoices"),
    path("costs/invoices/new/", supplier_invoices.NewSupplierInvoice.as_view(), name="new-supplier-invoice"),
    path("costs/invoices/<str:reference>/", supplier_invoices.ShowSupplierInvoice.as_view(), name="supplier-invoice"),
    path("costs/invoices/<str:reference>/<str:action>/", supplier_invoices.SupplierInvoiceStep.as_view(),
         name="supplier-invoice-step"),
    path("costs/assets/", fixed_assets.FixedAssets.as_view(), name="fixed-assets"),
    path("costs/assets/new/", fixed_assets.NewFixedAsset.as_view(), name="new-fixed-asset"),
    path("costs/assets/<str:reference>/", fixed_assets.ShowFixedAsset.as_view(), name="fixed-asset"),
    path("costs/assets/<str:reference>/ask_disposal/", fixed_assets.AskDisposal.as_view(), name="ask-disposal"),
    path("costs/assets/<str:reference>/<str:action>/", fixed_assets.FixedAssetStep.as_view(), name="fixed-asset-step"),
    path("costs/budgets/", budgets.Budgets.as_view(), name="budgets"),
    path("costs/budgets/new/", budgets.NewBudget.as_view(), name="new-budget"),
    path("costs/budgets/<str:reference>/", budgets.ShowBudget.as_view(), name="budget"),
    path("costs/budgets/<str:reference>/<str:action>/", budgets.BudgetStep.as_view(), name="budget-step"),
    path("costs/allocation/", allocation.Allocation.as_view(), name="allocation"),
    path("costs/keys/", allocation.Keys.as_view(), name="allocation-keys"),
    path("costs/keys/new/", allocation.NewKey.as_view(), name="new-allocation-key"),
    path("costs/keys/<str:reference>/", allocation.ShowKey.as_view(), name="allocation-key"),
    path("costs/keys/<str:reference>/<str:action>/", allocation.KeyStep.as_view(), name="allocation-key-step"),
    path("costs/alerts/", expense_alerts.ExpenseAlerts.as_view(), name="expense-alerts"),
    path("costs/alerts/<str:reference>/", expense_alerts.ShowExpenseAlert.as_view(), name="expense-alert"),
    path("costs/alerts/<str:reference>/<str:action>/", expense_alerts.ExpenseAlertStep.as_view(),
         name="expense-alert-step"),
]  # fmt: skip
