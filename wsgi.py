"""The way in for a WSGI server and for `flask --app wsgi`: load the settings, build the program, create the app."""

import gc

from config.log import configure_log
from config.settings import load_settings
from reporting.app import create_app
from reporting.bootstrap import bootstrap

configure_log()
app = create_app(bootstrap(load_settings()))

# What was loaded stays for the life of the process: the collector need not walk through it again and again.
gc.collect()
gc.freeze()
