"""The outside world, service by service: desks, payments, earnings, storefront, mail, sign-in."""
