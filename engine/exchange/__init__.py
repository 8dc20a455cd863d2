"""Runs to and from other tools: CSV, Parquet, JSON Lines, TensorBoard, MLflow."""
