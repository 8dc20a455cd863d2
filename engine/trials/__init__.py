"""Short trainings that try something: forks with remedies, cured presets, presets held against figures."""
