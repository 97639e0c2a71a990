"""What a WSGI server imports; it does not start where a default secret is in use."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backoffice.settings")

application = get_wsgi_application()

from backoffice.checks import refuse_unsafe_start  # noqa: E402 - the apps must be loaded

refuse_unsafe_start()
