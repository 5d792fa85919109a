"""The site as it would be without its audit log, beside which `bench.overhead` measures the real one.

No setting of the site turns the log off, so this is another site. An app before `qtweb` puts handlers that do nothing
in the place of those that write leaves, and psycopg's own BEGIN in the place of the one that says who acts.
"""
