"""The only writers of execution: a file per verb."""
