"""`make demo`: the whole way of an order, played on real processes by clients of the API.

`bars`       which symbol and day are replayed    `stage`    sets everything up, and takes it down
`client`     HTTP, as any client would            `claims`   what is claimed, checked in the open
`timetable`  the day's moments                    `scenes`   what happens, one after the other
"""
