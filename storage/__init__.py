"""The only place with SQL: sessions, one transaction per decision, earnings, settlement and read queries."""
