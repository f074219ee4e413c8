"""Who asks, and what they sent: parameters, client authentication, OAuth 1.0a signatures, claims."""

import logging

# Its debug lines hold whole codes and tokens; nothing secret is logged here.
logging.getLogger("oauthlib").setLevel(logging.INFO)
