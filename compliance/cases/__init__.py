"""Cases: what was found in the log for a question of somebody outside, as one file that can be checked without us.

`asked` is what a person may ask for, `gathered` what there is for it, `written` the files, `summary` the PDF of them,
`reads` which cases a person sees.
"""
