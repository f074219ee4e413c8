"""Step 8, the provider: refresh, revoke, and sign out."""

from step4 import serve
from step7 import app

serve("logout", "oauth2_logout")
__all__ = ["app"]
