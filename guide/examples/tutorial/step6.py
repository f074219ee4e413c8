"""Step 6, the provider: issue tokens."""

from step4 import mount
from step5 import app

mount(app, "oauth2_token", "oauth2_userinfo")
