"""The errors of compliance.

DomainError
├── AuditForked             SYSTEM_AUDIT_FORKED
├── AuditTreeBroken         SYSTEM_AUDIT_TREE_BROKEN
└── CheckpointNotOurs       SYSTEM_AUDIT_CHECKPOINT_NOT_OURS
NotAuthenticated
└── SignInRefused           AUTH_SIGN_IN_REFUSED
NotFound
├── ApprovalNotFound        APPROVAL_NOT_FOUND
├── CaseNotFound            RESOURCE_CASE_NOT_FOUND
├── CheckpointNotFound      RESOURCE_CHECKPOINT_NOT_FOUND
├── DeliveryNotFound        RESOURCE_DELIVERY_NOT_FOUND
├── LeafNotFound            RESOURCE_LEAF_NOT_FOUND
├── LimitNotFound           RESOURCE_LIMIT_NOT_FOUND
├── HoldNotFound            RESOURCE_LEGAL_HOLD_NOT_FOUND
├── LimitScopeNotFound      RESOURCE_LIMIT_SCOPE_NOT_FOUND
├── MonthNotFound           RESOURCE_LOG_MONTH_NOT_FOUND
├── RoleGrantNotFound       RESOURCE_ROLE_GRANT_NOT_FOUND
├── RoleNotFound            RESOURCE_ROLE_NOT_FOUND
├── RoleNotHeld             RESOURCE_ROLE_NOT_HELD
├── SessionNotFound         RESOURCE_SESSION_NOT_FOUND
├── SubscriptionNotFound    RESOURCE_SUBSCRIPTION_NOT_FOUND
└── TokenNotFound           RESOURCE_TOKEN_NOT_FOUND
NotPermitted
├── ApprovalSamePerson      APPROVAL_SAME_PERSON
├── RoleOwn                 APPROVAL_OWN_ROLE
├── PasswordWrong           AUTH_PASSWORD_WRONG
├── TokenAddressRefused     AUTH_TOKEN_ADDRESS
├── TokenBeyondAnother      AUTH_TOKEN_BEYOND
└── TokenScopeMissing       AUTH_TOKEN_SCOPE
Conflict
├── ApprovalNotPending      APPROVAL_NOT_PENDING
├── ApprovalExpired         APPROVAL_EXPIRED
├── ApprovalOutdated        APPROVAL_OUTDATED
├── CaseNotReady            STATE_CASE_NOT_READY
├── DeliveryUnderWay        STATE_DELIVERY_UNDER_WAY
├── LeafArchived            STATE_LEAF_ARCHIVED
├── LeafNotSigned           STATE_LEAF_NOT_SIGNED
├── MakerNotPermitted       APPROVAL_MAKER_NOT_PERMITTED
├── MonthNotReady           STATE_LOG_MONTH
├── PasswordMoved           STATE_PASSWORD_CHANGED
├── RoleHeldAlready         STATE_ROLE_HELD
├── SubscriptionStopped     STATE_SUBSCRIPTION_STOPPED
├── SubscriptionGoesOn      STATE_SUBSCRIPTION_GOES_ON
├── TokenOver               STATE_TOKEN_OVER
└── ApprovalAltered         APPROVAL_ALTERED
StalePrecondition
└── LimitMoved              STATE_LIMIT_CHANGED
Refused
├── BundleTooLarge          RULE_BUNDLE_TOO_LARGE
├── CaseEmpty               RULE_CASE_EMPTY
├── CaseTooLarge            RULE_CASE_TOO_LARGE
├── CasesUnfinished         RULE_CASES_UNFINISHED
├── LimitUnchanged          RULE_LIMIT_UNCHANGED
├── LimitScopeUnfit         RULE_LIMIT_SCOPE
├── LimitValueUnfit         RULE_LIMIT_VALUE
├── PluginUnusable          RULE_PLUGIN_UNUSABLE
├── RetentionUnfit          RULE_RETENTION
├── RoleUnfit               RULE_ROLE
├── RoleNotDelegable        RULE_ROLE_DELEGATION
├── RolesIncompatible       RULE_ROLES_INCOMPATIBLE
├── RoutingUnfit            RULE_ROUTING
├── SubscriptionUnfit       RULE_SUBSCRIPTION
├── TokenTooLong            RULE_TOKEN_TOO_LONG
└── LimitNeverInForce       RULE_LIMIT_NEVER_IN_FORCE
"""

from orders.kernel.errors import (
    Conflict,
    DomainError,
    NotAuthenticated,
    NotFound,
    NotPermitted,
    Refused,
    StalePrecondition,
)


class AuditTreeBroken(DomainError):
    """The stored tree does not have the root of its last checkpoint: nothing is built on it."""

    code = "SYSTEM_AUDIT_TREE_BROKEN"
    advice = "Run manage.py audit verify: it names the entry where the log broke."


class AuditForked(DomainError):
    """The tree does not begin with one that was signed before: the log was cut back or rewritten."""

    code = "SYSTEM_AUDIT_FORKED"
    advice = (
        "Keep the database as it is, and tell the compliance officer: a restored backup looks like this, too."
    )


class LeafTooLarge(DomainError):
    """A leaf is larger than an entry of c2sp.org/tlog-tiles may be: it was forged before the database refused such."""

    code = "SYSTEM_AUDIT_LEAF_TOO_LARGE"
    advice = "The log cannot be exported as tiles: tell the compliance officer which entry was forged."


class CheckpointNotOurs(DomainError):
    """The last signed checkpoint is under no key that is configured here, or its signature does not hold."""

    code = "SYSTEM_AUDIT_CHECKPOINT_NOT_OURS"
    advice = "Name the key that signed before in QTWEB_AUDIT_PUBLIC_KEYS; if it is there, the stored note was altered."


class CheckpointNotFound(NotFound):
    """No checkpoint has been signed yet."""

    code = "RESOURCE_CHECKPOINT_NOT_FOUND"
    advice = "Ask again in a second. If it stays so, no key signs here: see docs/decisions/audit.md."


class LeafNotFound(NotFound):
    """No leaf within the asker's reach has this place in the tree."""

    code = "RESOURCE_LEAF_NOT_FOUND"


class StateNotFound(NotFound):
    """No leaf within the asker's reach tells of a row of such an object."""

    code = "RESOURCE_STATE_NOT_FOUND"


class LeafNotSigned(Conflict):
    """No signed checkpoint covers the leaf or the size that was asked for yet."""

    code = "STATE_LEAF_NOT_SIGNED"
    advice = "Ask again in a second: the log is signed as it grows."


class LeafArchived(Conflict):
    """Leaves that are needed here are archived: they are in a file, and the log has their hashes alone."""

    code = "STATE_LEAF_ARCHIVED"
    advice = (
        "Read them in the archive of the month that is named, or put that back by manage.py audit attach."
    )


class MonthNotFound(NotFound):
    """The log has no such month."""

    code = "RESOURCE_LOG_MONTH_NOT_FOUND"
    advice = "Name a month from the log's first one on, such as 2026-11."


class MonthNotReady(Conflict):
    """The month cannot be archived, or put back, as it stands."""

    code = "STATE_LOG_MONTH"
    advice = (
        "Months are archived once they are over and signed, the oldest first, and put back the newest first."
    )


class BundleTooLarge(Refused):
    """The order has more leaves than a bundle holds."""

    code = "RULE_BUNDLE_TOO_LARGE"
    advice = "Use manage.py audit export: it writes the whole log."


class CaseNotFound(NotFound):
    """No such case within the asker's reach."""

    code = "RESOURCE_CASE_NOT_FOUND"


class CaseNotReady(Conflict):
    """The case is not written, or not signed yet, or could not be written."""

    code = "STATE_CASE_NOT_READY"
    advice = "Look at the case: its state says what it waits for, or why it was refused."


class CaseEmpty(Refused):
    """Nothing of the log that the asker may see meets the criteria."""

    code = "RULE_CASE_EMPTY"
    advice = "Search with the criteria first. What was written a moment ago is found within seconds."


class CaseTooLarge(Refused):
    """More leaves meet the criteria than a case holds."""

    code = "RULE_CASE_TOO_LARGE"
    advice = "Narrow the criteria, for example by time, and export several cases; manage.py audit export has it all."


class CasesUnfinished(Refused):
    """As many cases of the asker as may be are being written or signed."""

    code = "RULE_CASES_UNFINISHED"
    advice = "Wait until one of your cases is ready: each takes seconds."


class ApprovalNotFound(NotFound):
    """No such approval within the asker's reach."""

    code = "APPROVAL_NOT_FOUND"
    category = "approval"


class LimitNotFound(NotFound):
    """No such limit within the asker's reach."""

    code = "RESOURCE_LIMIT_NOT_FOUND"


class LimitScopeNotFound(NotFound):
    """No firm, desk, account, trader or instrument within the asker's reach has this name."""

    code = "RESOURCE_LIMIT_SCOPE_NOT_FOUND"
    status = 422
    advice = "Use the code of a firm, desk or account whose limits you see, a login name, or a symbol."


class RoleNotFound(NotFound):
    """No role has this name."""

    code = "RESOURCE_ROLE_NOT_FOUND"
    advice = "Use the name of a role in compliance/roles.py that define_roles has written."


class RoleNotHeld(NotFound):
    """The person does not hold this role there."""

    code = "RESOURCE_ROLE_NOT_HELD"


class RoleGrantNotFound(NotFound):
    """No grant of a role within the asker's reach that goes on or is to come has this id."""

    code = "RESOURCE_ROLE_GRANT_NOT_FOUND"


class RoleOwn(NotPermitted):
    """Nobody asks for a role of their own, or decides on one, nor does who stands in for them."""

    code = "APPROVAL_OWN_ROLE"
    category = "approval"
    advice = "Have somebody ask for it, and another decide, for whom the role is not and who stands in for neither."


class RoleHeldAlready(Conflict):
    """The person holds this role there already, at some time of the period."""

    code = "STATE_ROLE_HELD"
    advice = "Give a period after the grant that there is, or have that one taken back."


class RoleUnfit(Refused):
    """The role cannot be granted as it is asked for."""

    code = "RULE_ROLE"
    advice = "Correct the named fields."


class RoleNotDelegable(Refused):
    """The role cannot be delegated like this."""

    code = "RULE_ROLE_DELEGATION"
    advice = "Delegate a role of one's own, for a time within it and no longer than the detail says."


class RolesIncompatible(Refused):
    """Nobody holds these two roles together: the rule that is named says why."""

    code = "RULE_ROLES_INCOMPATIBLE"
    advice = "Have the other role taken back first, or give a period in which it is not held."


class SessionNotFound(NotFound):
    """No session within the asker's reach that is not over has this id."""

    code = "RESOURCE_SESSION_NOT_FOUND"


class TokenNotFound(NotFound):
    """No token has this id."""

    code = "RESOURCE_TOKEN_NOT_FOUND"


class ApprovalSamePerson(NotPermitted):
    """The person who asked for a change does not decide on it."""

    code = "APPROVAL_SAME_PERSON"
    category = "approval"
    advice = "Have another person with the right to approve decide."


class SignInRefused(NotAuthenticated):
    """Name and password open nothing, or too many tries failed: nobody is told which."""

    code = "AUTH_SIGN_IN_REFUSED"
    advice = (
        "Both are case-sensitive. After several failures nothing is accepted for a while, whatever is typed: wait a "
        "quarter of an hour, or ask an operator."
    )


class PasswordWrong(NotPermitted):
    """The password that the person has now was not given."""

    code = "AUTH_PASSWORD_WRONG"
    advice = "Give the password with which you signed in."


class TokenScopeMissing(NotPermitted):
    """The token opens other things than this. `scope` names the one that it lacks, none for what opens to no token."""

    code = "AUTH_TOKEN_SCOPE"
    advice = "Use a token with that scope, or make one: a scope opens nothing that your roles do not."


class TokenAddressRefused(NotPermitted):
    """The token opens nothing from this address."""

    code = "AUTH_TOKEN_ADDRESS"
    advice = "Come from a network that the token names; if you did not send this, revoke the token."


class TokenBeyondAnother(NotPermitted):
    """By a token no other is made that opens more, from elsewhere, or for longer."""

    code = "AUTH_TOKEN_BEYOND"
    advice = "Ask for less, or make it on the page Your account."


class TokenOver(Conflict):
    """The token is revoked or expired, or another has taken its place."""

    code = "STATE_TOKEN_OVER"
    advice = "Make a new one."


class TokenTooLong(Refused):
    """A token is asked for that would be valid for longer than any may be."""

    code = "RULE_TOKEN_TOO_LONG"
    advice = "Ask for fewer days, and rotate it before they are over."


class PasswordMoved(Conflict):
    """The password has changed since the asker gave the one before."""

    code = "STATE_PASSWORD_CHANGED"
    advice = "Sign in again; if it was not you who changed it, tell an operator at once."


class ApprovalNotPending(Conflict):
    """The approval is decided already."""

    code = "APPROVAL_NOT_PENDING"
    category = "approval"
    advice = "Read the approval: its state tells how it was decided. Propose the change anew if it is still needed."


class ApprovalExpired(Conflict):
    """Nobody decided in time."""

    code = "APPROVAL_EXPIRED"
    category = "approval"
    advice = "Propose the change anew."


class ApprovalOutdated(Conflict):
    """What was to be changed has changed since the change was proposed: the approval is for another change."""

    code = "APPROVAL_OUTDATED"
    category = "approval"
    advice = "Look at what it is about as it is now, and propose the change anew."


class MakerNotPermitted(Conflict):
    """Who asked for the change has lost the right to ask for it meanwhile."""

    code = "APPROVAL_MAKER_NOT_PERMITTED"
    category = "approval"
    advice = "Refuse it. If the change is still needed, have somebody who may ask for it propose it anew."


class ApprovalAltered(Conflict):
    """The stored payload is not the one that was proposed."""

    code = "APPROVAL_ALTERED"
    category = "approval"
    severity = "error"
    advice = "Report the correlation id to compliance: somebody wrote to the table by hand."


class LimitMoved(StalePrecondition):
    """The limit has changed since the asker looked at it."""

    code = "STATE_LIMIT_CHANGED"
    advice = "Look at the limit as it is now, and propose the change anew."


class LimitUnchanged(Refused):
    """The proposed terms are the limit's terms already."""

    code = "RULE_LIMIT_UNCHANGED"
    advice = "Propose another value, percent or date."


class LimitScopeUnfit(Refused):
    """A limit of this kind cannot have this scope."""

    code = "RULE_LIMIT_SCOPE"
    advice = "Give one of the holders that the detail names."


class LimitValueUnfit(Refused):
    """A limit of this kind cannot have this value."""

    code = "RULE_LIMIT_VALUE"
    advice = "Give a value as the detail says, or end the limit where nothing is to be held down."


class LimitNeverInForce(Refused):
    """The effective dates have passed, or leave no time between them."""

    code = "RULE_LIMIT_NEVER_IN_FORCE"
    advice = "Give an effective_until that is still to come and after effective_from, in market time; or end the limit."


class DeliveryNotFound(NotFound):
    """No delivery of an event has this id."""

    code = "RESOURCE_DELIVERY_NOT_FOUND"


class SubscriptionNotFound(NotFound):
    """No event plugin's subscription has this id."""

    code = "RESOURCE_SUBSCRIPTION_NOT_FOUND"


class DeliveryUnderWay(Conflict):
    """The delivery waits for its next attempt already."""

    code = "STATE_DELIVERY_UNDER_WAY"
    advice = "Wait for its next attempt: what was delivered or parked can be delivered again."


class SubscriptionStopped(Conflict):
    """The subscription stands still already."""

    code = "STATE_SUBSCRIPTION_STOPPED"
    advice = "Resume it if it should go on: it misses nothing of what happened meanwhile."


class SubscriptionGoesOn(Conflict):
    """The subscription does not stand still."""

    code = "STATE_SUBSCRIPTION_GOES_ON"
    advice = "There is nothing to resume."


class PluginUnusable(Refused):
    """There is no such event plugin here, or it was refused when it was loaded."""

    code = "RULE_PLUGIN_UNUSABLE"
    advice = "Look at the page Event plugins: it names those there are, and why one is refused."


class HoldNotFound(NotFound):
    """No legal hold that still holds has this id."""

    code = "RESOURCE_LEGAL_HOLD_NOT_FOUND"


class RetentionUnfit(Refused):
    """The retention rule or the legal hold cannot be as it is asked for."""

    code = "RULE_RETENTION"
    advice = "Correct the named fields: the page Retention says which rules and holds there are."


class RoutingUnfit(Refused):
    """The rule names a venue, holder, instrument, market or algorithm that there is not, or not for the asker."""

    code = "RULE_ROUTING"
    advice = "Correct the named fields: the page Venues says which venues there are."


class SubscriptionUnfit(Refused):
    """The events or parameters are none that the plugin can have."""

    code = "RULE_SUBSCRIPTION"
    advice = "Correct the named fields: the plugin says what its parameters are, the page Event plugins the events."
