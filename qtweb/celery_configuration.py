"""Celery's settings (https://docs.celeryq.dev/en/stable/userguide/configuration.html)."""

from typing import Any

from django.conf import settings

broker_url = settings.ENVIRONMENT.redis_url
broker_connection_retry_on_startup = True
broker_connection_max_retries = None
_SOCKET_TIMEOUT_S = 0.5
broker_transport_options = {
    # A request that wakes a worker waits for the broker no longer than this (execution/wake.py).
    "socket_timeout": _SOCKET_TIMEOUT_S,
    "socket_connect_timeout": _SOCKET_TIMEOUT_S,
    "max_retries": 0,
    "retry_on_timeout": False,
}
task_ignore_result = True
task_store_errors_even_if_ignored = False
task_publish_retry = False
task_acks_late = False
task_time_limit = 60
task_soft_time_limit = 50
task_default_queue = "qtweb"
task_serializer = "json"
accept_content = ["json"]
worker_prefetch_multiplier = 1
worker_hijack_root_logger = False
worker_send_task_events = False
timezone = "UTC"


def _every(task: str, seconds: float) -> dict[str, Any]:
    return {"task": task, "schedule": seconds, "options": {"expires": max(seconds, 1.0)}}


beat_max_loop_interval = 1
beat_schedule = {
    "dispatch": _every("execution.dispatch_due_slices", 0.2),
    "resolve": _every("execution.resolve_venue_orders", 0.5),
    "reconcile": _every("execution.reconcile_with_venue", 30.0),
    "plan": _every("execution.plan_due_runs", 1.0),
    "triggers": _every("execution.evaluate_triggers", 0.5),
    "close": _every("execution.close_runs", 1.0),
    "revalue": _every("orders.revalue_positions", 1.0),
    "sample": _every("orders.sample_limits", settings.LIMIT_SAMPLE_INTERVAL_S),
    "forget": _every("orders.forget_limit_samples", 60.0),
    "sweep": _every("execution.sweep_kill_switches", 1.0),
    "settle": _every("execution.settle_stopped_runs", 1.0),
    "renew": _every("execution.renew_runs", 1.0),
    "cases": _every("compliance.export_cases", 2.0),
    "roles": _every("compliance.begin_and_end_roles", 2.0),
}
