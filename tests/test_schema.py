"""What the models say of constraints and indexes is in the database that the migrations make."""

from typing import Any

import pytest
from django.apps import apps
from django.db import connection

OURS = ("orders", "execution", "compliance")
_NAMES = """
    SELECT conname FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION SELECT indexname FROM pg_indexes WHERE schemaname = 'public'
"""


@pytest.fixture
def names_in_database(db: None) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(_NAMES)
        return {name for (name,) in cursor.fetchall()}


def _said(model: Any) -> set[str]:
    return {each.name for each in (*model._meta.constraints, *model._meta.indexes)}


def test_every_constraint_and_index_that_a_model_names_is_in_the_database(
    names_in_database: set[str],
) -> None:
    models = [model for app in OURS for model in apps.get_app_config(app).get_models()]
    missing = {name for model in models for name in _said(model)} - names_in_database

    assert len(models) > 20
    assert not missing
