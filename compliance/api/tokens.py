"""A person's own tokens over the API."""

from datetime import datetime
from uuid import UUID

from django.http import HttpResponse
from pydantic import BaseModel, Field

from compliance.commands import MakeToken, RotateToken
from compliance.errors import TokenBeyondAnother, TokenNotFound, TokenOver, TokenTooLong
from compliance.models import ApiToken
from compliance.services.tokens import create_token, revoke_token, rotate_token
from compliance.token_reads import tokens_of
from compliance.token_scopes import TokenScope
from orders.kernel.api.errors import MalformedCursor
from orders.kernel.api.paging import Keyset, Page, PageQuery
from orders.kernel.api.views import ApiView, answer, endpoint
from orders.models import User

NEWEST_FIRST = Keyset("id", UUID, descending=True)


class TokenRepresentation(BaseModel):
    """A token, without its secret, which nobody keeps."""

    id: UUID
    label: str
    scopes: list[TokenScope]
    address_ranges: list[str] = Field(description="networks that it opens from; empty: from anywhere")
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None
    last_used_at: datetime | None = Field(description="to a minute; null: never")
    rotated_to: UUID | None = Field(description="the token that takes its place")


class TokenPage(Page[TokenRepresentation]):
    """Tokens, newest first."""


class NewToken(BaseModel):
    """A token that was made, and its secret: this once."""

    token: str = Field(description="send it as `Authorization: Token ...`")
    details: TokenRepresentation


class TokenCollection(ApiView):
    """The asker's tokens."""

    @endpoint(
        "list_tokens",
        "List your own tokens, newest first; what is over for a week is left out",
        query=PageQuery,
        answers={200: TokenPage},
        refusals=(MalformedCursor,),
    )
    def get(self, query: PageQuery) -> HttpResponse:
        tokens, following = NEWEST_FIRST.page(tokens_of(self.actor), query)
        return answer(TokenPage(items=list(map(_represent, tokens)), next=following))

    @endpoint(
        "make_token",
        "Make a token of your own, which opens no more than the one you come by, and no longer",
        body=MakeToken,
        answers={201: NewToken},
        refusals=(TokenBeyondAnother, TokenOver, TokenTooLong),
    )
    def post(self, body: MakeToken) -> HttpResponse:
        user: User = self.request.user  # type: ignore[assignment]  # nobody unknown comes here
        made = create_token(actor=self.actor, user=user, command=body, by=_come_by(self))
        return _answer_made(*made)


class TokenRotate(ApiView):
    """Exchange a token."""

    @endpoint(
        "rotate_token",
        "Exchange a token of your own for another with the same end; the old one is valid for the overlap yet",
        body=RotateToken,
        answers={201: NewToken},
        refusals=(TokenNotFound, TokenOver, TokenBeyondAnother),
    )
    def post(self, token_id: UUID, body: RotateToken) -> HttpResponse:
        made = rotate_token(actor=self.actor, token_id=token_id, command=body, by=_come_by(self))
        return _answer_made(*made)


class TokenRevoke(ApiView):
    """Revoke a token."""

    @endpoint(
        "revoke_token",
        "Let a token of your own, and all that came of it, open nothing from the next request on",
        answers={200: TokenRepresentation},
        refusals=(TokenNotFound,),
    )
    def post(self, token_id: UUID) -> HttpResponse:
        revoked = revoke_token(actor=self.actor, token_id=token_id, by=_come_by(self))
        return answer(_represent(revoked))


def _come_by(view: ApiView) -> ApiToken:
    token: ApiToken = view.request.auth  # type: ignore[assignment]  # nobody comes here without
    return token


def _answer_made(token: ApiToken, secret: str) -> HttpResponse:
    return answer(NewToken(token=secret, details=_represent(token)), status=201)


def _represent(token: ApiToken) -> TokenRepresentation:
    successor: ApiToken | None = getattr(token, "successor", None)
    return TokenRepresentation(
        id=token.id,
        label=token.label,
        scopes=[TokenScope(each) for each in token.scopes],
        address_ranges=token.address_ranges,
        created_at=token.created,
        expires_at=token.expiry,
        revoked_at=token.revoked_at,
        last_used_at=token.use.last_used_at,
        rotated_to=None if successor is None else successor.id,
    )
