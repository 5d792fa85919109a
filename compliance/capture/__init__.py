"""Capture: triggers on every table that write a leaf for each change, whoever makes it and by whatever door.

`registry` declares what a leaf may show of each table, `sql` makes the triggers out of that and of the table as it is,
`attach` puts them on after each migration.
"""
