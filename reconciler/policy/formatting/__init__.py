"""The calm form of policy files: small textual rules, judged by meaning."""
