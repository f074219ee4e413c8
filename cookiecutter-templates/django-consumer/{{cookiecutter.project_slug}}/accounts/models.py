"""The accounts that users have at providers."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Identity(models.Model):
    """A user's account at a provider.

    Only the provider and the subject identify a user. A name or an e-mail address can
    pass to another person.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="identities"
    )
    provider = models.CharField(max_length=255)
    subject = models.CharField(max_length=255)

    class Meta:
        verbose_name_plural = _("identities")
        constraints = (
            models.UniqueConstraint(
                fields=["provider", "subject"], name="one_user_per_identity"
            ),
        )

    def __str__(self):
        return f"{self.subject} ({self.provider})"
