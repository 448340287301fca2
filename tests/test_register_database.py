"""The register in a real database: moved, compared, changed, whole or not at all."""

from tests.postgres import postgres  # noqa: F401


def test_it(postgres):
    print(postgres.database())
