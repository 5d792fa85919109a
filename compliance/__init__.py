"""Was it allowed, who did it, can it be proved: audit log, roles, approvals, tokens."""
