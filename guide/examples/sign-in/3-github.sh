start github | tr '?&' '\n\n'
