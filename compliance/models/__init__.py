"""The tables of compliance. Private to this app."""

from compliance.models.account_month import EVERY_ACCOUNT, AccountMonth, AccountReading
from compliance.models.approval import Approval
from compliance.models.audit import Checkpoint, Leaf, LeafKind, SignedCheckpoint, TreeEntry, TreeNode
from compliance.models.case import Case, CaseFile, CasePart, CaseState
from compliance.models.months import LeafMonth, MonthAct, MonthStanding
from compliance.models.outside import CopyState, Cosignature, OutsideCopy
from compliance.models.refusal_tally import RefusalTally
from compliance.models.retention import LegalHold, RetentionRule
from compliance.models.role import Role, RoleDefinition, RoleGrant
from compliance.models.search import SearchEntry
from compliance.models.sign_in_tally import SignInTally
from compliance.models.subscription import EventDelivery, EventSubscription
from compliance.models.token import ApiToken, TokenUse
from compliance.models.user_session import SessionUse, UserSession
from compliance.models.watch import LogWatchStanding

__all__ = [
    "EVERY_ACCOUNT",
    "AccountMonth",
    "AccountReading",
    "ApiToken",
    "Approval",
    "Case",
    "CaseFile",
    "CasePart",
    "CaseState",
    "Checkpoint",
    "CopyState",
    "Cosignature",
    "EventDelivery",
    "EventSubscription",
    "Leaf",
    "LeafKind",
    "LeafMonth",
    "LegalHold",
    "LogWatchStanding",
    "MonthAct",
    "MonthStanding",
    "OutsideCopy",
    "RefusalTally",
    "RetentionRule",
    "Role",
    "RoleDefinition",
    "RoleGrant",
    "SearchEntry",
    "SessionUse",
    "SignInTally",
    "SignedCheckpoint",
    "TokenUse",
    "TreeEntry",
    "TreeNode",
    "UserSession",
]
