"""Market data: minute bars, their files, a generator, and benchmarks. Pure: neither Django nor Celery."""
