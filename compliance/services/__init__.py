"""The only writers of compliance, and the verification of what was written."""
