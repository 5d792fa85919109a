"""How many orders a second are admitted, beside what the database alone and a plain Django view can do.

`make bench` prints `name: value` lines; docs/performance.md says what they mean and where the time goes.

`pgbench`     the durable limit: an order and its event in one transaction, on the same server
`plain`       what a Django developer writes in five minutes, served alike: no check, no trail
`universe`    accounts whose limits let every order through, and a token for each client
`admission`   POSTs through the whole site: alone, beside everything, with many orders stored (`growth`)
`overhead`    admissions with the audit log and without it, in turns, on `without_log`, a site that has none
`risk`        the list of checks beside a loop written by hand
`kill_switch` a sweep beside one bulk UPDATE
`bars`        a million bars from a file, beside a bare COPY of it
`clients`     sixteen HTTP clients that post as fast as they are answered
`processes`   the processes of the Procfile, and the plain site under the very line of its `web`
`cpu`         what each part used of the processors for an order
`statements`  the SQL of one admission, by Django's own record
"""

CLIENTS = 16
"""How many clients post at once, and how many sessions pgbench has."""
