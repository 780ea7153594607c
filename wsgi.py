"""The WSGI application, also for `flask --app wsgi`: load the settings, build the program, create the app."""

import sys

import config.loading
from channels.options import ChannelSettingsError
from config.logging import configure_log
from config.settings import SettingsError, load_settings
from reporting.app import create_app
from reporting.bootstrap import bootstrap

configure_log()
try:
    app = create_app(bootstrap(load_settings()))
except (SettingsError, ChannelSettingsError) as error:
    sys.exit(str(error))  # one line for the operator, without a traceback

config.loading.end_loading()
