"""FIX 4.4's worked order states, run through the real services: `manage.py order_states FILE`.

`notation`  a file's scenarios, read and written        `deals`     which fill is meant, and at what price
`replay`    a scenario driven through the services       `rows`      what the services made of a step
`verdict`   the given cells against the computed ones    `universe`  whom and what the scenarios trade with
`throw_away` a PostgreSQL of its own around the command
"""
