"""The bundled experiments, one TOML file each."""
