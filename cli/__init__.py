"""The command line: the local stack and its demo, lists for operators, and the doctor."""
