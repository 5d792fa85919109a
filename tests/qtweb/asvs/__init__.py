"""OWASP ASVS 5.0, levels 1 and 2, as far as tests can tell: each test bears the number of its requirement.

docs/asvs.md has all of them; test_table.py holds it against these tests and against the standard's numbers.
"""
