"""What things are: documents, commands, policy, money, time and ids. Imports nothing else of ours."""
