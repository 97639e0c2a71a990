"""The firm's own profit tax on securities (Tax Code of Russia, chapter 25): its rules, dated and pure."""
