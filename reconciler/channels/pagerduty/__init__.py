"""PagerDuty: events, and a look at what became of them."""
