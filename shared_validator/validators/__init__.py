"""OAuth decisions as oauthlib asks for them: RequestValidator subclasses over a Store."""

import logging

# Its debug lines hold whole codes and tokens; nothing secret is logged here.
logging.getLogger("oauthlib").setLevel(logging.INFO)
