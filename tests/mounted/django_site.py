"""A Django site as its owner has it: the admin, sessions, CSRF, static files, files, on SQLite."""

# Django publishes no types.
# mypy: disable-error-code="import-untyped"

import os
import sys
from pathlib import Path
from typing import Any
from wsgiref.validate import validator

import django
from django.conf import settings
from django.core.management import call_command
from django.http import FileResponse, HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, URLResolver, path, re_path

USER, PASSWORD = "ada", "correct horse battery staple"
FORM = """<!doctype html><title>Upload</title>
<form method="post" enctype="multipart/form-data">{% csrf_token %}<input type="file" name="file">
</form>"""

urlpatterns: list[URLPattern | URLResolver] = []


def upload(request: HttpRequest) -> HttpResponse:
    from django.template import engines

    if request.method != "POST":
        return HttpResponse(engines["django"].from_string(FORM).render({}, request))
    from django.core.files.storage import default_storage

    file = request.FILES["file"]
    return JsonResponse({"name": default_storage.save(file.name, file), "size": file.size})


def download(_: HttpRequest, name: str) -> FileResponse:
    from django.core.files.storage import default_storage

    return FileResponse(default_storage.open(name), as_attachment=True, filename=name)


def broken(_: HttpRequest) -> HttpResponse:
    raise RuntimeError("secret-7f3a")


def elsewhere() -> None:
    """Forget the prefix of static files: Django keeps it, for a process serves at one place."""
    from django.test.utils import override_settings

    if settings.configured:
        override_settings(STATIC_URL="static/").enable()


def create() -> Any:
    """The site in a folder of its own, with tables and one who may log in to the admin."""
    folder = Path(os.environ["MOUNTED_FOLDER"])
    settings.configure(
        ALLOWED_HOSTS=["*"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": folder / "site.db"}},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        INSTALLED_APPS=[
            f"django.contrib.{name}"
            for name in ("admin", "auth", "contenttypes", "messages", "sessions", "staticfiles")
        ],
        MEDIA_ROOT=folder / "media",
        MIDDLEWARE=[
            "django.middleware.security.SecurityMiddleware",
            "django.middleware.gzip.GZipMiddleware",
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.common.CommonMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
        ],
        ROOT_URLCONF=__name__,
        SECRET_KEY="of the tests",
        STATIC_URL="static/",
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {
                    "context_processors": [
                        "django.template.context_processors.request",
                        "django.contrib.auth.context_processors.auth",
                        "django.contrib.messages.context_processors.messages",
                    ]
                },
            }
        ],
        USE_TZ=True,
    )
    django.setup()
    call_command("migrate", verbosity=0)
    from django.contrib import admin
    from django.contrib.auth.models import User
    from django.contrib.staticfiles.views import serve
    from django.core.wsgi import get_wsgi_application

    if not User.objects.filter(username=USER).exists():
        User.objects.create_superuser(USER, "ada@example.org", PASSWORD)
    urlpatterns[:] = [
        path("admin/", admin.site.urls),
        path("upload/", upload),
        path("files/<str:name>", download),
        path("broken/", broken),
        re_path("^static/(?P<path>.*)$", serve, {"insecure": True}),
    ]
    assert sys.modules[__name__].urlpatterns is urlpatterns
    return validator(get_wsgi_application())
