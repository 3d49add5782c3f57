"""A profile for hypothesis that only asks whether a planted defect is found: the same examples each time, unshrunk.

A pytest plugin (`-p tests.mutants.unshrunk`), so that the profile is known before tests/conftest.py loads it by name.
"""

from hypothesis import Phase, settings

PROFILE = "mutants"

settings.register_profile(
    PROFILE,
    max_examples=50,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
)
