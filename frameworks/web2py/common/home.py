"""Finds web2py, in the folder that WEB2PY_HOME names."""

import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent

# On import, web2py creates the folders that it misses: there, not here.
os.environ["web2py_path"] = os.environ["WEB2PY_HOME"]  # noqa: SIM112
sys.path[:0] = [str(HERE), os.environ["WEB2PY_HOME"]]

from gluon import main, rewrite  # noqa: E402
from gluon.settings import global_settings  # noqa: E402


def web2py(application):
    """Return web2py's WSGI application for the one in `applications/`.

    For each crash web2py writes a ticket, with the request's passwords and tokens, to a
    folder of the application. Without the folder it only logs the traceback. It does
    not create the folder for an application in `app_folders`. Sessions are in the
    database.
    """
    global_settings.applications_parent = str(HERE)
    global_settings.app_folders.add(str(HERE / "applications" / application))
    global_settings.db_sessions = True
    rewrite.load()
    return main.wsgibase
