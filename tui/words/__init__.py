"""Numbers, findings and formulas in words."""
