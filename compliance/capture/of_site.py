"""The tables of compliance, of django, guardian and knox. Passwords, sessions and tokens are never in clear."""

from compliance.capture.declared import ByRow, ByStatement, Declaration, Exempt

_OF_THE_LOG = Exempt("the log itself: append-only, and verification recomputes it")

TABLES: dict[str, Declaration] = {
    "compliance_accountmonth": Exempt("copied from the log, beside it, for holds alone"),
    "compliance_accountreading": Exempt("how far the log was read for that: one row, rewritten all the time"),
    "auth_group": ByRow("id", committed="name"),
    "auth_group_permissions": ByRow("id group_id permission_id"),
    "auth_permission": ByRow("id name content_type_id codename"),
    "compliance_apitoken": ByRow(
        "id created expiry revoked_at user_id scopes rotated_from_id made_by_id",
        committed="digest token_key label address_ranges",
        named_by="id",
    ),
    "compliance_approval": ByRow(
        "id action digest state expires_at decided_at used_at version recorded_at account_id checker_id maker_id"
        " desk_id firm_id maker_persons checker_persons",
        committed="payload maker_reason checker_reason",
    ),
    "compliance_capturekey": Exempt(
        "the key of commitments: written once by a migration, readable by nobody"
    ),
    "compliance_case": ByRow(
        "id asked_by door through state attempts claimed_at accounts leaf_count manifest_digest file_digest file_bytes"
        " recorded_at ready_at order_accounts limit_accounts retry_at",
        committed="reference title question asked salt refusal",
    ),
    "compliance_casefile": ByStatement("the digest of its manifest is in the leaf CaseExported"),
    "compliance_checkpoint": _OF_THE_LOG,
    "compliance_cosignature": _OF_THE_LOG,
    "compliance_eventdelivery": ByStatement(
        "attempts to deliver, whose outcomes are events; each names an entry of the log"
    ),
    "compliance_eventsubscription": ByRow(
        "id name plugin events next_sequence delivery_count stopped_at version recorded_at",
        committed="parameters stopped_because",
    ),
    "compliance_leaf": _OF_THE_LOG,
    "compliance_leafmonth": ByRow("month from_id to_id recorded_at"),
    "compliance_monthstanding": ByRow(
        "id month_id act leaves first_sequence end_sequence digest tree_size recorded_at"
    ),
    "compliance_logwatchstanding": Exempt(
        "what verification found, rewritten every few seconds: each change of its verdict is an event"
    ),
    "compliance_outsidecopy": Exempt(
        "how a place outside stands, rewritten every few seconds: each change of its state is an event"
    ),
    "compliance_legalhold": ByRow(
        "id kind subject since until placed_by_id recorded_at lifted_at lifted_by_id", committed="reason"
    ),
    "compliance_refusaltally": Exempt(
        "the bound of refusals: a leaf for each would undo it; what was left out is told by an event"
    ),
    "compliance_retentionrule": ByRow(
        "id regime record_class years effective_from source approval_id recorded_at"
    ),
    "compliance_role": ByRow("id name permissions"),
    "compliance_roledefinition": ByRow("id role_id permissions recorded_at"),
    "compliance_rolegrant": ByRow(
        "id revoked_at recorded_at account_id desk_id firm_id role_id user_id effective_from effective_until begun_at"
        " ended_at delegated_from_id delegator_id asked_by_id agreed_by_id approval_id"
    ),
    "compliance_searchentry": Exempt("copied from the log, beside it, for searching alone"),
    "compliance_sessionuse": Exempt(
        "when a session was last used, rewritten every minute: its beginning and end are events"
    ),
    "compliance_signintally": Exempt(
        "how often it failed lately to sign in: each failure, lock-out and lifting of one is an event"
    ),
    "compliance_signedcheckpoint": _OF_THE_LOG,
    "compliance_treeentry": _OF_THE_LOG,
    "compliance_treenode": _OF_THE_LOG,
    "compliance_tokenuse": Exempt(
        "when a token was last used, rewritten every minute: what was done by it names it in its own leaves"
    ),
    "compliance_usersession": ByRow(
        "id user_id started_at expires_at ended_at ended_because ended_by_id",
        committed="digest data address_range browser",
    ),
    "django_admin_log": ByRow(
        "id action_time action_flag content_type_id user_id", committed="object_id object_repr change_message"
    ),
    "django_content_type": ByRow("id app_label model"),
    "django_migrations": ByRow("id app name applied"),
    "django_session": ByRow("expire_date", committed="session_key session_data"),
    "guardian_groupobjectpermission": ByRow("id object_pk content_type_id group_id permission_id"),
    "guardian_userobjectpermission": ByRow("id object_pk content_type_id permission_id user_id"),
    "knox_authtoken": ByRow("created user_id expiry", committed="digest token_key"),
}
