"""Fixtures of the mail's tests."""

from tests.mailserver import mail_server

__all__ = ["mail_server"]
