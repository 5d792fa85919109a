"""Django's engine for PostgreSQL behind a circuit breaker: ENGINE = "orders.kernel.postgresql"."""
