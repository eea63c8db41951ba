"""Before anything is earned: verification, qualification, contracts, games."""
