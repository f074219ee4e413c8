"""Code that every framework would repeat: mounting, methods, bodies, sessions and refusals."""
