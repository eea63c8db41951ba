"""The programme in numbers: its policy, calendar, periods and withholding tax."""
