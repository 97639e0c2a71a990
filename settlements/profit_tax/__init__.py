"""The firm's own profit tax on securities: disposals, coupons, bases of a year and losses carried forward."""
