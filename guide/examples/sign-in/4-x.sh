start x | tr '?&' '\n\n'
