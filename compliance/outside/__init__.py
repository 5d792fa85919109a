"""Checkpoints outside the database: folders and S3-compatible stores that keep them, witnesses that sign them too."""
