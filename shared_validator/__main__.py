"""``python -m shared_validator``."""

import sys

from shared_validator.cli import main

sys.exit(main())
