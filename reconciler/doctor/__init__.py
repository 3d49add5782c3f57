"""Is this installation able to do its work? Looks and never writes: `dbt-alerts doctor`."""

from reconciler.doctor.rounds import Patient, examine

__all__ = ["Patient", "examine"]
