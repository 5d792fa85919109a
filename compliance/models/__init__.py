"""The tables of compliance. Private to this app."""

from compliance.models.approval import Approval
from compliance.models.audit import Checkpoint, Leaf, SignedCheckpoint, TreeEntry, TreeNode
from compliance.models.role import Role, RoleGrant
from compliance.models.subscription import EventDelivery, EventSubscription
from compliance.models.token import ApiToken
from compliance.models.watch import CopyState, LogWatchStanding, OutsideCopy

__all__ = [
    "ApiToken",
    "Approval",
    "Checkpoint",
    "CopyState",
    "EventDelivery",
    "EventSubscription",
    "Leaf",
    "LogWatchStanding",
    "OutsideCopy",
    "Role",
    "RoleGrant",
    "SignedCheckpoint",
    "TreeEntry",
    "TreeNode",
]
