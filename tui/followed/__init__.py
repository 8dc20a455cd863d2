"""A run as a screen sees it: live, saved, compared, predicted."""
