"""Which instructions to settle when not all of them can, and why each other one was left out. Pure.

Read in this order: `model` (what is asked), `weighing` (what is best), `problem` (the same as
arrays), `exact` (what no answer may break), `sifting` (who can never settle), `greedy` (first in, first out;
adding and deleting), `rows` and `programme` (a linear programme for HiGHS), `tightening` and `relaxing` (what
is possible at most, were instructions divisible, and a better guide than that), `effort`, `cutting` and
`blocks` (many small ones), `bounding` (how good the answer is), `search` (all of it, in order). Of a plan
then: `explaining` (what is short, who waits for whom), `remedies` and `displacing`.
"""
