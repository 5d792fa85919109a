"""The edge of execution in the REST API."""
