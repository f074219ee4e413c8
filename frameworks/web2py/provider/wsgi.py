"""Serves the application by web2py, which is somewhere else: in the folder that WEB2PY_HOME names."""

import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
APPLICATION = HERE / "applications" / "provider"

# web2py makes the folders that it misses when it is imported: in its own home, not here.
os.environ["web2py_path"] = os.environ["WEB2PY_HOME"]  # noqa: SIM112
sys.path.insert(0, os.environ["WEB2PY_HOME"])

from gluon import main, rewrite  # noqa: E402
from gluon.settings import global_settings  # noqa: E402

sys.path.insert(0, str(HERE))
global_settings.applications_parent = str(HERE)
# Without the folders that web2py would make in it, an application keeps no file: no session, and no ticket of an error, in which the
# request stands with its passwords and tokens. Sessions rest in the database, and of an error the traceback alone goes to the log.
global_settings.app_folders.add(str(APPLICATION))
global_settings.db_sessions = True
rewrite.load()

application = main.wsgibase
