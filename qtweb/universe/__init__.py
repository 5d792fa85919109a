"""The small universe that `make demo` and `make serve` fill an instance with.

`catalogue`  what there is, as data               `seed`        writes it through the services, again and again alike
`made_up`    a trading day of the catalogue       `replay`      the market of an instance that is served
`symbols`    stand-ins for symbols that a file of bars brings along
`logins`     passwords, made at random and kept   `demo_token`  the token in the curl line
`access`     what `make serve` prints
"""
