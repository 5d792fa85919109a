"""The tables of compliance. Private to this app."""

from compliance.models.approval import Approval
from compliance.models.audit import Checkpoint, Leaf, LeafKind, TreeEntry, TreeNode
from compliance.models.role import Role, RoleGrant
from compliance.models.subscription import EventDelivery, EventSubscription
from compliance.models.token import ApiToken

__all__ = [
    "ApiToken",
    "Approval",
    "Checkpoint",
    "EventDelivery",
    "EventSubscription",
    "Leaf",
    "LeafKind",
    "Role",
    "RoleGrant",
    "TreeEntry",
    "TreeNode",
]
