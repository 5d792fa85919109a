"""PostgreSQL and Redis inside the project, and the supervision of every process that runs on them.

Nothing here imports Django: the services have to stand before the settings can be read.

`instance`      where a run lives: its folders, sockets, ports and environment
`postgres`, `redis`, `services`  the two servers as foreground children
`keep`, `procfile`, `supervisor` the processes of the Procfile, and the promise that none outlives its run
`serve`         the lasting instance behind `make serve`, `make stop` and `make reset`
"""
