"""A value for the setting ``LOGGING`` of a Django project."""

from __future__ import annotations

import logging
from typing import Any


def without_trace(record: logging.LogRecord) -> bool:
    """Log a refused request in one line. Only a crash has a stack trace."""
    if getattr(record, "status_code", 500) < 500:
        record.exc_info = None
    return True


LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "without_trace": {"()": "django.utils.log.CallbackFilter", "callback": without_trace}
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "filters": ["without_trace"]}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    # Django's own handlers mail the forms of failed requests, with client secrets.
    "loggers": {"django": {"handlers": [], "propagate": True}},
}
"""The console gets everything, and no one is mailed."""
