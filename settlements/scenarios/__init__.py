"""What if: how a day would end were something otherwise, told from the live queue, holdings and limits."""
