"""An endpoint of one's own, signed by the standard-webhooks scheme."""
