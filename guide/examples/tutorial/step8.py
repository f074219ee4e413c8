"""Step 8, the provider: refresh and revoke."""

from step4 import mount
from step7 import app

mount(app, "oauth2_revoke")
