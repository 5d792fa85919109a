"""The plain way beside which admission is measured: what a Django developer writes in five minutes.

Same server, same settings of the web server and the pool, token authentication, no check, no trail.
"""
