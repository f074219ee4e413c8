"""OAuth decisions as oauthlib asks for them: RequestValidator subclasses over a Store."""
