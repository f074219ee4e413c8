"""Validating requests: parameters, client authentication, OAuth 1.0a signatures, claims."""

import logging

# oauthlib's debug messages contain whole codes and tokens, so keep them out of the log.
logging.getLogger("oauthlib").setLevel(logging.INFO)
