"""What every framework would otherwise repeat: mounting, methods, bodies, sessions and refusals."""
