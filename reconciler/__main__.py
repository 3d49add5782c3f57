"""`python -m reconciler` is `dbt-alerts`."""

from reconciler.cli import main

if __name__ == "__main__":
    main()
