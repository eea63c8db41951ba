"""A model checker for the machines: it explores what can happen by the real ``decide``, and proves what cannot.

Every reachable combination of documents of a small *world* (one organization with a game, or with two
statements, or with a payout in its own workflow) is visited breadth first. The commands are generated from the
machines' own data: every event × every role × representative facts. What is proved stands in ``proofs``, how far
it reaches (the bounds) in ``worlds``; ``python -m lifecycle.checker`` prints both.
"""
