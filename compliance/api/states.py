"""The state of an object at a moment over the API, as the log tells it."""

from datetime import date, datetime
from typing import Any

from django.http import HttpResponse
from pydantic import BaseModel, Field

from compliance.columns_at import ColumnAt, Standing
from compliance.errors import LeafArchived, StateNotFound
from compliance.month_reads import archived_through
from compliance.search import Text, searched_through
from compliance.states import StateAt, state_for
from orders.kernel.api.validation import Query
from orders.kernel.api.views import ApiView, answer, endpoint
from orders.kernel.errors import InvalidInput
from orders.kernel.moments import Moment


class StateQuery(Query):
    """Whose state, and when."""

    object_type: str = Field(
        min_length=1, max_length=32, description="`order`, `limit`, ... or a table as the log spells it"
    )
    object_id: Text
    at: Moment = Field(description="a moment of recording: a change counts from when it was recorded")


class ColumnAtRepresentation(BaseModel):
    """A column, and the leaf that tells its value: who changed it, when, at which revision of the row."""

    name: str
    value: Any = Field(
        description="text, a number, true, false or null, or {committed} or {sha256} with a digest of what stood there"
    )
    is_before: bool = Field(
        description="the leaf is of the next change after the moment, and says what was there before it; who wrote that"
        " is not known"
    )
    leaf_id: int
    sequence: int
    revision: int
    actor: str
    recorded_at: datetime


class ObjectStateRepresentation(BaseModel):
    """An object's row at a moment. What is not among `columns` was empty, unless `missing` says what is not known."""

    table: str
    object_id: str
    at: datetime
    standing: Standing
    revision: int | None = Field(
        description="how many changes the row had; null where none until then is told"
    )
    columns: list[ColumnAtRepresentation]
    missing: str = Field(description="what the log does not tell here, and why; empty where it tells all")
    searched_through: datetime | None = Field(
        description="when the last leaf was recorded that a search knows; null for who sees a part of the log only"
    )
    archived_through: date | None


class ObjectStates(ApiView):
    """Rows as they were."""

    @endpoint(
        "get_audit_object_state",
        "Read the state of an object at a moment from the audit log alone",
        query=StateQuery,
        answers={200: ObjectStateRepresentation},
        refusals=(InvalidInput, StateNotFound, LeafArchived),
    )
    def get(self, query: StateQuery) -> HttpResponse:
        """Those see it whose search finds the leaves of the object's row: who may audit every account."""
        state = state_for(self.actor, query.object_type, query.object_id, query.at)
        last = searched_through(self.actor)
        return answer(_represent(state, None if last is None else last.recorded_at))


def _represent(state: StateAt, through: datetime | None) -> ObjectStateRepresentation:
    return ObjectStateRepresentation(
        table=state.table,
        object_id=state.object_id,
        at=state.at,
        standing=state.row.standing,
        revision=None if state.row.last is None else state.row.last.revision,
        columns=[_represent_column(column) for column in state.row.columns],
        missing=state.missing,
        searched_through=through,
        archived_through=archived_through(),
    )


def _represent_column(column: ColumnAt) -> ColumnAtRepresentation:
    leaf = column.change.leaf
    return ColumnAtRepresentation(
        name=column.name,
        value=column.value,
        is_before=column.is_before,
        leaf_id=leaf.pk,
        sequence=leaf.sequence,
        revision=leaf.revision,
        actor=leaf.actor,
        recorded_at=leaf.recorded_at,
    )
